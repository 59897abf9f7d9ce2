package io.sluice.protocol.websocket.netty;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TimingWheelTest {

    private static final long TURN = TimingWheel.SLOTS * TimingWheel.SLOT_NANOS;

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel =
            EmbeddedChannel.builder().ticker(counted()).build();
    private final TimingWheel wheel = new TimingWheel(channel.eventLoop());
    private final List<Waiting> visited = new ArrayList<>();

    /** How often somebody looked at the clock. */
    private long ticks;

    @Test
    void aDeadlineIsMetWithinOneSlotAndNotBeforeItsTime() {
        Waiting waiting = add(millis(1000));
        pass(950);
        assertThat(waiting.visits).isZero();
        pass(300);
        assertThat(waiting.visits).isEqualTo(1);
        pass(60_000);
        assertThat(waiting.visits).isEqualTo(1);
    }

    @Test
    void aDeadlineThatMovesEarlierIsStillMet() {
        Waiting waiting = add(millis(20_000));
        pass(1000);
        within(waiting, millis(500));
        pass(450);
        assertThat(waiting.visits).isZero();
        pass(300);
        assertThat(waiting.visits).isEqualTo(1);
    }

    @Test
    void aDeadlineThatMovesLaterIsFoundOutAtTheVisitThatComesTooEarly() {
        Waiting waiting = add(millis(1000));
        waiting.deadline += millis(5000);
        pass(5950);
        assertThat(waiting.visits).isEqualTo(1);
        assertThat(waiting.metAt).isZero();
        pass(300);
        assertThat(waiting.metAt).isNotZero();
    }

    @Test
    void aThousandThatWaitForNothingAreNeverVisitedAndNothingRuns() {
        for (int i = 0; i < 1000; i++) {
            add(TimingWheel.NEVER);
        }
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        pass(120_000);
        assertThat(visited).isEmpty();
    }

    @Test
    void whoWaitsLongerThanTheWheelTurnsIsVisitedOnceATurn() {
        Waiting waiting = add(10 * TURN);
        pass(TimeUnit.NANOSECONDS.toMillis(10 * TURN) - 50);
        assertThat(waiting.metAt).isZero();
        assertThat(waiting.visits).isBetween(9, 11);
        pass(300);
        assertThat(waiting.metAt).isNotZero();
    }

    @Test
    void whoLeavesIsNotVisitedAndNothingRunsOnceNobodyIsThere() {
        Waiting waiting = add(millis(100));
        wheel.remove(waiting);
        wheel.remove(waiting);
        within(waiting, 0);
        pass(500);
        assertThat(waiting.visits).isZero();
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        pass(100_000);
        wheel.add(waiting, millis(100), ticker.nanoTime());
        pass(350);
        assertThat(waiting.visits).isEqualTo(1);
    }

    @Test
    void aProcessThatStoodStillIsToldToAllOnceWhateverTheyWaitFor() {
        Waiting soon = add(millis(1000));
        Waiting late = add(millis(31_000));
        Waiting later = add(10 * TURN);
        pass(500);
        ticker.advance(30_000, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        assertThat(visited).containsExactlyInAnyOrder(soon, late, later);
        assertThat(visited).allMatch(waiting -> waiting.stalled > millis(29_500));
        pass(1000);
        assertThat(late.stalled).isZero();
    }

    @Test
    void ofACrowdThatIsDueAtOnceSomeAreVisitedInEachTurnOfTheLoop() {
        List<Integer> visitedInTurn = new ArrayList<>();
        for (int i = 0; i < 2 * TimingWheel.MOST_VISITS_IN_A_TURN + 1; i++) {
            Waiting one = add(millis(1000));
            one.also = () -> channel.eventLoop().schedule(() -> visitedInTurn.add(visited.size()), 0, NANOSECONDS);
        }
        pass(1250);
        assertThat(visited).hasSize(129).doesNotHaveDuplicates();
        assertThat(visitedInTurn.stream().distinct()).containsExactly(64, 128, 129);
    }

    @Test
    void whoLeavesOrAsksAgainWhileACrowdIsVisitedHasHisWay() {
        List<Waiting> crowd = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            crowd.add(add(millis(1000)));
        }
        crowd.get(0).also = () -> {
            wheel.remove(crowd.get(98));
            within(crowd.get(99), 0);
        };
        pass(1250);
        assertThat(visited).hasSize(99).doesNotContain(crowd.get(98));
        pass(1000);
        assertThat(visited).hasSize(99);
    }

    @Test
    void oneTimerIsEnoughHoweverOftenVisitsAreAskedForWithinVisits() {
        Waiting restless = add(millis(250));
        restless.also = () -> restless.deadline = ticker.nanoTime() + millis(250);
        pass(1000);
        long before = ticks;
        pass(10_000);
        long tenSeconds = ticks - before;
        pass(100_000);
        before = ticks;
        pass(10_000);
        assertThat(ticks - before).isEqualTo(tenSeconds);
    }

    @Test
    void whatIsDoneWithinAVisitHasItsEffect() {
        Waiting other = add(millis(5000));
        Waiting gone = add(millis(1000));
        Waiting acting = add(millis(1000));
        acting.also = () -> {
            within(other, 0);
            within(acting, millis(250));
            wheel.remove(gone);
            wheel.remove(acting);
            wheel.add(acting, millis(500), ticker.nanoTime());
        };
        pass(1250);
        assertThat(acting.visits).isEqualTo(1);
        acting.also = () -> wheel.remove(acting);
        pass(250);
        assertThat(other.visits).isEqualTo(1);
        pass(10_000);
        assertThat(acting.visits).isEqualTo(2);
    }

    /** Against the naive one: a list of deadlines that is looked through all the time. */
    @Test
    void whateverHappensEachDeadlineIsMetInTimeAndVisitsAreFew() {
        for (int seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            List<Waiting> present = new ArrayList<>();
            long asked = 0;
            visited.clear();
            for (int step = 0; step < 400; step++) {
                if (present.isEmpty() || random.nextInt(3) == 0) {
                    present.add(add(delay(random)));
                    asked++;
                }
                Waiting one = present.get(random.nextInt(present.size()));
                switch (random.nextInt(4)) {
                    case 0 -> {
                        wheel.remove(one);
                        present.remove(one);
                    }
                    case 1 -> {
                        one.deadline = ticker.nanoTime() + delay(random);
                        one.metAt = 0;
                        within(one, one.deadline - ticker.nanoTime());
                        asked++;
                    }
                    default -> pass(50L * random.nextInt(30));
                }
                for (Waiting waiting : present) {
                    long now = ticker.nanoTime();
                    if (waiting.metAt == 0) {
                        assertThat(now - waiting.deadline).isLessThan(TimingWheel.SLOT_NANOS + millis(50));
                    } else {
                        assertThat(waiting.metAt).isGreaterThanOrEqualTo(waiting.deadline);
                    }
                }
            }
            // One for each that was asked for, one more where it came too early, and one a turn.
            assertThat(visited.size()).isLessThan((int) (4 * asked));
            present.forEach(wheel::remove);
            pass(500);
        }
    }

    private Ticker counted() {
        return new Ticker() {
            @Override
            public long initialNanoTime() {
                return ticker.initialNanoTime();
            }

            @Override
            public long nanoTime() {
                ticks++;
                return ticker.nanoTime();
            }

            @Override
            public void sleep(long delay, TimeUnit unit) throws InterruptedException {
                ticker.sleep(delay, unit);
            }
        };
    }

    private static long delay(Random random) {
        return random.nextInt(10) == 0 ? 3 * TURN : millis(random.nextInt(20_000));
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private Waiting add(long delay) {
        Waiting waiting = new Waiting();
        waiting.deadline = delay == TimingWheel.NEVER ? delay : ticker.nanoTime() + delay;
        wheel.add(waiting, delay, ticker.nanoTime());
        return waiting;
    }

    private void within(Waiting waiting, long nanos) {
        wheel.visitWithin(waiting, nanos, ticker.nanoTime());
    }

    private void pass(long millis) {
        for (long passed = 0; passed < millis; passed += 50) {
            ticker.advance(50, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    private final class Waiting extends TimingWheel.Visited {

        long deadline;
        long metAt;
        long stalled;
        int visits;
        Runnable also = () -> {};

        @Override
        long visit(long nowNanos, long stalledNanos) {
            visits++;
            visited.add(this);
            stalled = stalledNanos;
            also.run();
            if (nowNanos < deadline) {
                return deadline - nowNanos;
            }
            metAt = nowNanos;
            return TimingWheel.NEVER;
        }
    }
}
