package io.sluice.gateway.session;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.PublishOutcome;
import io.sluice.gateway.session.PublishKeys.Claim;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class PublishKeysTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long ROOMY = 1L << 30;
    private static final int MOST = 3;

    /** Begins where it wraps around. */
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 60 * SECOND);

    private final List<PublishOutcome> told = new ArrayList<>();
    private PublishKeys keys = new PublishKeys(now::get, MOST, ROOMY);

    @Test
    void aRetryOfAConfirmedPublishIsADuplicateFor120SecondsFromTheConfirmAndNotFromTheClaim() {
        Consumer<PublishOutcome> settle = first("alice", "k");
        pass(100 * SECOND);
        settle.accept(PublishOutcome.CONFIRMED);
        pass(120 * SECOND - 1);
        assertThat(claim("alice", "k")).isInstanceOf(Claim.Duplicate.class);
        assertThat(told).containsExactly(PublishOutcome.CONFIRMED);
        pass(1);
        assertThat(claim("alice", "k")).isInstanceOf(Claim.First.class);
    }

    @Test
    void whoRetriesWhileTheFirstIsInFlightHearsHowItEnded() {
        Consumer<PublishOutcome> settle = first("alice", "k");
        assertThat(claim("alice", "k")).isInstanceOf(Claim.Duplicate.class);
        assertThat(claim("alice", "k")).isInstanceOf(Claim.Duplicate.class);
        assertThat(told).isEmpty();
        settle.accept(PublishOutcome.UNROUTABLE);
        assertThat(told).containsExactly(PublishOutcome.UNROUTABLE, PublishOutcome.UNROUTABLE);
    }

    @Test
    void whatWasNotConfirmedMayBeTriedAgain() {
        for (PublishOutcome outcome : List.of(
                PublishOutcome.UNROUTABLE,
                PublishOutcome.REJECTED,
                PublishOutcome.BUSY,
                PublishOutcome.NOT_SENT,
                PublishOutcome.UNKNOWN)) {
            first("alice", "k").accept(outcome);
        }
        assertThat(keys.bytes()).isZero();
    }

    @Test
    void anotherTopicTypeOrPayloadUnderTheSameKeyIsAConflictInFlightAndAfterwards() {
        Consumer<PublishOutcome> settle = first("alice", "k");
        assertConflicts();
        settle.accept(PublishOutcome.CONFIRMED);
        assertConflicts();
    }

    private void assertConflicts() {
        for (Publish other : List.of(
                publish("k", "other", "text/plain", "payload"),
                publish("k", "topic", "text/html", "payload"),
                publish("k", "topic", "text/plain", "Payload"),
                publish("k", "topic", "text/plain", ""))) {
            assertThat(keys.claim("alice", "k", other, told::add)).isInstanceOf(Claim.Conflict.class);
        }
        assertThat(told).isEmpty();
    }

    @Test
    void theSameKeyOfAnotherPrincipalIsAnotherKey() {
        first("alice", "k").accept(PublishOutcome.CONFIRMED);
        assertThat(claim("bob", "k")).isInstanceOf(Claim.First.class);
    }

    @Test
    void aPrincipalOverItsBoundForgetsItsOwnOldestConfirmAndNobodyElses() {
        first("bob", "k").accept(PublishOutcome.CONFIRMED);
        Consumer<PublishOutcome> late = first("alice", "late");
        Consumer<PublishOutcome> early = first("alice", "early");
        early.accept(PublishOutcome.CONFIRMED);
        late.accept(PublishOutcome.CONFIRMED);
        first("alice", "third").accept(PublishOutcome.CONFIRMED);
        first("alice", "fourth").accept(PublishOutcome.CONFIRMED);
        assertThat(claim("bob", "k")).isInstanceOf(Claim.Duplicate.class);
        assertThat(claim("alice", "late")).isInstanceOf(Claim.Duplicate.class);
        assertThat(claim("alice", "early")).isInstanceOf(Claim.First.class);
    }

    @Test
    void aPrincipalWhosePlacesAreAllInFlightHasNoRoomAndLosesNone() {
        List<Consumer<PublishOutcome>> inFlight = new ArrayList<>();
        for (int i = 0; i < MOST; i++) {
            inFlight.add(first("alice", "k" + i));
        }
        assertThat(claim("alice", "over")).isInstanceOf(Claim.NoRoom.class);
        assertThat(claim("bob", "k")).isInstanceOf(Claim.First.class);
        inFlight.forEach(settle -> settle.accept(PublishOutcome.CONFIRMED));
        for (int i = 0; i < MOST; i++) {
            assertThat(claim("alice", "k" + i)).isInstanceOf(Claim.Duplicate.class);
        }
        assertThat(claim("alice", "over")).isInstanceOf(Claim.First.class);
    }

    @Test
    void atTheBoundOfTheNodeWhoeverHoldsTheMostForgetsItsOldestConfirmAndWhatIsInFlightStays() {
        keys = new PublishKeys(now::get, 1_000, 20_000);
        first("small", "kept").accept(PublishOutcome.CONFIRMED);
        Consumer<PublishOutcome> inFlight = first("large", "in flight");
        for (int i = 0; i < 200; i++) {
            first("large", "k" + i).accept(PublishOutcome.CONFIRMED);
            assertThat(keys.bytes()).isLessThanOrEqualTo(20_000);
        }
        for (int i = 0; i < 10; i++) {
            first("newcomer", "k" + i).accept(PublishOutcome.CONFIRMED);
        }
        assertThat(keys.bytes()).isLessThanOrEqualTo(20_000);
        assertThat(claim("small", "kept")).isInstanceOf(Claim.Duplicate.class);
        assertThat(claim("large", "in flight")).isInstanceOf(Claim.Duplicate.class);
        assertThat(claim("large", "k199")).isInstanceOf(Claim.Duplicate.class);
        for (int i = 0; i < 10; i++) {
            assertThat(claim("newcomer", "k" + i)).isInstanceOf(Claim.Duplicate.class);
        }
        assertThat(claim("large", "k0")).isInstanceOf(Claim.First.class);
        inFlight.accept(PublishOutcome.CONFIRMED);
    }

    @Test
    void atTheBoundOfTheNodeWithAllInFlightThereIsNoRoomForAnybody() {
        keys = new PublishKeys(now::get, 1_000, 20_000);
        List<Consumer<PublishOutcome>> inFlight = new ArrayList<>();
        while (claim("p" + inFlight.size(), "k") instanceof Claim.First first) {
            inFlight.add(first.settle());
        }
        assertThat(inFlight).hasSizeGreaterThan(10);
        assertThat(claim("other", "k")).isInstanceOf(Claim.NoRoom.class);
        inFlight.get(0).accept(PublishOutcome.CONFIRMED);
        assertThat(claim("other", "k")).isInstanceOf(Claim.First.class);
        assertThat(keys.bytes()).isLessThanOrEqualTo(20_000);
    }

    @Test
    void sixtyFourWaitForOneInFlightAndNoMore() {
        Consumer<PublishOutcome> settle = first("alice", "k");
        for (int i = 0; i < PublishKeys.MOST_WAITING; i++) {
            assertThat(claim("alice", "k")).isInstanceOf(Claim.Duplicate.class);
        }
        assertThat(claim("alice", "k")).isInstanceOf(Claim.NoRoom.class);
        settle.accept(PublishOutcome.CONFIRMED);
        assertThat(told).hasSize(PublishKeys.MOST_WAITING).containsOnly(PublishOutcome.CONFIRMED);
        assertThat(claim("alice", "k")).isInstanceOf(Claim.Duplicate.class);
    }

    @Test
    void ofPrincipalsThatCameAndWentNothingIsLeft() {
        for (int i = 0; i < 10_000; i++) {
            first("p" + i, "k").accept(PublishOutcome.CONFIRMED);
            pass(SECOND / 100);
        }
        pass(120 * SECOND);
        long before = keys.bytes();
        while (keys.bytes() > 0) {
            first("last", "k").accept(PublishOutcome.UNKNOWN);
            assertThat(keys.bytes()).isLessThan(before);
            before = keys.bytes();
        }
    }

    @Test
    void ofManyThatClaimOneKeyAtOnceOneIsFirstAndAllHearTheSame() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int i = 0; i < 2_000; i++) {
                String key = "k" + i;
                AtomicInteger firsts = new AtomicInteger();
                AtomicInteger confirmed = new AtomicInteger();
                List<Future<?>> all = new ArrayList<>();
                for (int thread = 0; thread < 4; thread++) {
                    all.add(threads.submit(() -> {
                        Claim claim = keys.claim("alice", key, publish(key), told -> confirmed.incrementAndGet());
                        if (claim instanceof Claim.First first) {
                            firsts.incrementAndGet();
                            first.settle().accept(PublishOutcome.CONFIRMED);
                        }
                    }));
                }
                for (Future<?> one : all) {
                    one.get();
                }
                assertThat(firsts).hasValue(1);
                assertThat(confirmed).hasValue(3);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Every key in one list, looked through from its beginning. */
    private static final class Model {

        private record Known(String owner, String key, String payload, AtomicLong confirmed) {
            static final long IN_FLIGHT = Long.MIN_VALUE;

            boolean inFlight() {
                return confirmed.get() == IN_FLIGHT;
            }
        }

        /** In the order of their confirms; those in flight at the end. */
        private final List<Known> known = new ArrayList<>();

        private Class<? extends Claim> claim(String owner, String key, String payload, long now) {
            known.removeIf(one -> !one.inFlight() && now - one.confirmed().get() >= 120 * SECOND);
            List<Known> own =
                    known.stream().filter(one -> one.owner().equals(owner)).toList();
            for (Known one : own) {
                if (one.key().equals(key)) {
                    return one.payload().equals(payload) ? Claim.Duplicate.class : Claim.Conflict.class;
                }
            }
            if (own.size() == MOST) {
                if (own.get(0).inFlight()) {
                    return Claim.NoRoom.class;
                }
                known.remove(own.get(0));
            }
            known.add(new Known(owner, key, payload, new AtomicLong(Known.IN_FLIGHT)));
            return Claim.First.class;
        }

        private void settle(String owner, String key, boolean confirm, long now) {
            Known settled = known.stream()
                    .filter(one -> one.owner().equals(owner) && one.key().equals(key))
                    .findFirst()
                    .orElseThrow();
            known.remove(settled);
            if (confirm) {
                settled.confirmed().set(now);
                long before = known.stream().filter(one -> !one.inFlight()).count();
                known.add((int) before, settled);
            }
        }
    }

    private record InFlight(String owner, String key, Consumer<PublishOutcome> settle) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensItAnswersLikeAListThatIsLookedThrough(long seed) {
        Random random = new Random(seed);
        Model model = new Model();
        now.set(random.nextLong(1_000_000 * SECOND));
        List<InFlight> inFlight = new ArrayList<>();
        int waiting = 0;
        for (int step = 0; step < 20_000; step++) {
            if (random.nextInt(3) == 0 && !inFlight.isEmpty()) {
                InFlight settled = inFlight.remove(random.nextInt(inFlight.size()));
                boolean confirm = random.nextInt(4) > 0;
                model.settle(settled.owner(), settled.key(), confirm, now.get());
                settled.settle().accept(confirm ? PublishOutcome.CONFIRMED : PublishOutcome.UNKNOWN);
            } else {
                String owner = "p" + random.nextInt(6);
                String key = "k" + random.nextInt(6);
                String payload = random.nextInt(10) == 0 ? "other" : "payload";
                Claim claim = keys.claim(owner, key, publish(key, "topic", "text/plain", payload), told::add);
                assertThat(claim).isInstanceOf(model.claim(owner, key, payload, now.get()));
                if (claim instanceof Claim.First first) {
                    inFlight.add(new InFlight(owner, key, first.settle()));
                } else if (claim instanceof Claim.Duplicate) {
                    waiting++;
                }
            }
            pass(random.nextInt(20) == 0 ? 40 * SECOND : random.nextLong(SECOND));
        }
        inFlight.forEach(one -> one.settle().accept(PublishOutcome.UNKNOWN));
        assertThat(told).hasSize(waiting);
    }

    private void pass(long nanos) {
        now.addAndGet(nanos);
    }

    private Consumer<PublishOutcome> first(String owner, String key) {
        Claim claim = claim(owner, key);
        assertThat(claim).isInstanceOf(Claim.First.class);
        return ((Claim.First) claim).settle();
    }

    private Claim claim(String owner, String key) {
        return keys.claim(owner, key, publish(key), told::add);
    }

    private static Publish publish(String key) {
        return publish(key, "topic", "text/plain", "payload");
    }

    private static Publish publish(String key, String topic, String contentType, String payload) {
        return new Publish(null, topic, new Payload(contentType, payload.getBytes(UTF_8)), key, Map.of(), -1);
    }
}
