package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class ReassemblyBudgetTest {

    private final ReassemblyBudget budget = new ReassemblyBudget(1000);
    private final Queue<One> told = new ArrayDeque<>();

    @Test
    void upToTheBudgetNobodyIsShed() {
        One large = one(600);

        assertThat(one(400).charged).isTrue();
        assertThat(large.charged).isTrue();
        assertThat(budget.held()).isEqualTo(1000);
        assertThat(told).isEmpty();
    }

    @Test
    void oneByteMoreShedsTheLargestAndNotTheOneWhoseByteItIs() {
        One small = one(100);
        One large = one(600);
        One middle = one(300);

        assertThat(small.charge(1)).isTrue();
        assertThat(told).containsExactly(large);
        assertThat(large.isShed()).isTrue();
        large.settle();
        assertThat(budget.held()).isEqualTo(401);
        assertThat(middle.isShed()).isFalse();
    }

    @Test
    void theLargestThatWantsMoreIsRefusedAtOnce() {
        One large = one(600);
        one(400);

        assertThat(large.charge(1)).isFalse();
        assertThat(large.bytes()).isEqualTo(600);
        assertThat(budget.held()).isEqualTo(1000);
        assertThat(told).isEmpty();
    }

    @Test
    void ofThoseThatHoldAlikeTheFirstIsShed() {
        One first = one(250);
        one(250);
        one(250);
        one(250);

        assertThat(one(1).charged).isTrue();
        assertThat(told).containsExactly(first);
    }

    @Test
    void whoIsShedIsToldOnceAndIsNotShedForTwo() {
        One large = one(900);
        one(50);

        assertThat(one(100).charged).isTrue();
        assertThat(one(100).charged).isTrue();
        assertThat(told).containsExactly(large);
        assertThat(large.charge(1)).as("more for one that is shed").isFalse();
    }

    @Test
    void beyondAQuarterMoreNobodyIsTaken() {
        one(900);
        One small = one(1);

        while (small.charge(1)) {
            assertThat(budget.held()).isLessThanOrEqualTo(1250);
        }
        assertThat(budget.held()).isEqualTo(budget.most()).isEqualTo(1250);
        assertThat(told).hasSize(1);
    }

    @Test
    void whoIsAsLargeAsTheLargestMayUseHalfOfThat() {
        one(289);
        one(290);
        one(290);

        assertThat(one(256).charged).isTrue();
        assertThat(budget.held()).isEqualTo(1125);
        assertThat(told).hasSize(1);
    }

    @Test
    void theOtherHalfIsForWhoIsSmaller() {
        one(300);
        one(300);
        one(300);

        assertThat(one(256).charged).as("as large as the largest").isFalse();
        assertThat(budget.held()).isEqualTo(900);
        assertThat(told).isEmpty();
        assertThat(one(255).charged).isTrue();
        assertThat(budget.held()).isEqualTo(1155);
        assertThat(told).hasSize(1);
    }

    @Test
    void oneByteBeyondItsHalfTheLargestGoesItself() {
        one(290);
        one(290);
        one(290);

        assertThat(one(256).charged).isFalse();
        assertThat(told).isEmpty();
    }

    @Test
    void whoHasFinishedBeforeItsTurnComesIsLeftAlone() {
        One large = one(900);
        one(50);
        one(100);
        assertThat(told).containsExactly(large);

        large.settle();
        large.charge(10);

        assertThat(large.isShed()).isFalse();
        assertThat(large.charge(10)).isTrue();
    }

    @Test
    void whoHasFinishedAndBegunAgainCanBeShedAgain() {
        One large = one(900);
        one(50);
        one(100);
        large.settle();
        large.charge(800);
        One small = one(75);

        assertThat(told).as("asked once, since it has not looked yet").containsExactly(large);
        assertThat(large.isShed()).isTrue();
        large.settle();
        assertThat(small.isShed()).isFalse();
        assertThat(budget.held()).isEqualTo(225);
    }

    @Test
    void aBudgetOfNothingTakesNothing() {
        assertThat(new One(new ReassemblyBudget(0), told).charge(1)).isFalse();
        assertThatThrownBy(() -> new ReassemblyBudget(-1)).hasMessage("bytes: -1 (expected: >= 0)");
    }

    /** Against a list that is searched from one end to the other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theShedOneHoldsAtLeastHalfOfTheMostAndNothingIsEverLost(long seed) {
        Random random = new Random(seed);
        List<One> all = new ArrayList<>();
        List<One> waiting = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            all.add(new One(budget, told));
        }
        for (int step = 0; step < 5_000; step++) {
            One one = all.get(random.nextInt(all.size()));
            long most = all.stream()
                    .filter(other -> other.shedBytes == 0)
                    .mapToLong(One::bytes)
                    .max()
                    .orElseThrow();
            if (random.nextInt(4) == 0) {
                one.settle();
            } else if (!one.charge(1 + random.nextInt(1 << random.nextInt(9)))) {
                one.settle();
            }
            for (One shed = told.poll(); shed != null; shed = told.poll()) {
                assertThat(shed.shedBytes * 2)
                        .as("seed %d, step %d", seed, step)
                        .isGreaterThan(most);
                waiting.add(shed);
            }
            if (random.nextInt(3) == 0) {
                waiting.forEach(One::turn);
                waiting.clear();
            }
            assertThat(budget.held())
                    .isEqualTo(all.stream().mapToLong(One::bytes).sum())
                    .isLessThanOrEqualTo(budget.most());
        }
        all.forEach(One::settle);
        assertThat(budget.held()).isZero();
    }

    @Test
    void manyThreadsNeverPassTheBoundAndGiveEverythingBack() throws Exception {
        ReassemblyBudget shared = new ReassemblyBudget(100_000);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Long>> running = new ArrayList<>();
            for (int thread = 0; thread < 4; thread++) {
                Random random = new Random(thread);
                running.add(threads.submit(() -> mostSeen(shared, random)));
            }
            for (Future<Long> most : running) {
                assertThat(most.get(30, TimeUnit.SECONDS)).isLessThanOrEqualTo(shared.most());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(shared.held()).isZero();
        assertThat(new One(shared, told).charge(100_000))
                .as("nobody is left behind")
                .isTrue();
    }

    /** What an event loop does: messages grow and end, and whoever is shed is looked after in a turn of its own. */
    private static long mostSeen(ReassemblyBudget shared, Random random) {
        Queue<One> turns = new ConcurrentLinkedQueue<>();
        List<One> own = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            own.add(new One(shared, turns));
        }
        long most = 0;
        for (int step = 0; step < 100_000; step++) {
            One one = own.get(random.nextInt(own.size()));
            if (random.nextInt(8) == 0 || !one.charge(1 + random.nextInt(4000))) {
                one.settle();
            }
            for (One shed = turns.poll(); shed != null; shed = turns.poll()) {
                shed.turn();
            }
            most = Math.max(most, shared.held());
        }
        own.forEach(One::settle);
        return most;
    }

    private One one(long bytes) {
        One one = new One(budget, told);
        one.charged = one.charge(bytes);
        return one;
    }

    /** A connection with an unfinished message. */
    private static final class One extends Holding {

        private final Queue<One> turns;
        private boolean charged;

        One(ReassemblyBudget budget, Queue<One> turns) {
            super(budget);
            this.turns = turns;
        }

        @Override
        void shedSoon() {
            turns.add(this);
        }

        void turn() {
            if (isShed()) {
                settle();
            }
        }
    }
}
