package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.BindOutcome;
import io.sluice.bridge.topic.TopicPattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules that are bound per pattern: what is bound is what is wanted, and a little longer. */
@Timeout(60)
class PatternBindingsTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final Rules RULES =
            Rules.none().perPattern("slice.#", "huge").live("whole", "huge");

    private TcpProxy network;

    @BeforeAll
    static void exchange() throws Exception {
        try (BackEnd backEnd = new BackEnd(NODE)) {
            backEnd.exchange("huge");
        }
    }

    @BeforeEach
    void network() {
        network = TcpProxy.to(NODE.uri());
    }

    @AfterEach
    void closeNetwork() {
        network.close();
    }

    private Bridge up(Duration linger) {
        return Bridge.up(
                AmqpSettings.of(List.of(network.uri())).with(AmqpSettings.Timing.DEFAULT.withLinger(linger)), RULES);
    }

    @Test
    void nothingIsBoundUntilAPatternIsWantedAndWhatComesAfterItIsBoundArrives() throws Exception {
        try (Bridge bridge = up(Duration.ofMinutes(1));
                BackEnd backEnd = new BackEnd(NODE)) {
            assertThat(bound()).isEmpty();
            assertThat(bridge.broker.available(RULES.get(0))).isTrue();
            assertThat(bind(bridge, "slice.a.*")).isEqualTo(BindOutcome.BOUND);
            backEnd.publish("huge", "slice.b", "not wanted");
            backEnd.publish("huge", "slice.a.b", "wanted");
            bridge.recorder.awaitEvent("delivery slice.a.b wanted");
            assertThat(bridge.recorder.countPrefix("delivery")).isEqualTo(1);
            assertThat(bound()).containsExactly("slice.a.*");
        }
    }

    @Test
    void aPatternThatManyWantIsBoundOnceAndUnboundAWhileAfterTheLastHasGone() {
        try (Bridge bridge = up(Duration.ofSeconds(2))) {
            long before = network.methods().count("queue.bind");
            for (int i = 0; i < 50; i++) {
                assertThat(bind(bridge, "slice.many")).isEqualTo(BindOutcome.BOUND);
            }
            assertThat(network.methods().count("queue.bind") - before).isEqualTo(1);
            IntStream.range(0, 49).forEach(i -> unbind(bridge, "slice.many"));
            await().during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> network.methods().count("queue.unbind") == 0);
            unbind(bridge, "slice.many");
            // Whoever comes back within the while costs nothing.
            assertThat(bind(bridge, "slice.many")).isEqualTo(BindOutcome.BOUND);
            unbind(bridge, "slice.many");
            assertThat(network.methods().count("queue.bind") - before).isEqualTo(1);
            assertThat(network.methods().count("queue.unbind")).isZero();
            await().until(() -> bound().isEmpty());
            assertThat(network.methods().count("queue.unbind")).isEqualTo(1);
            assertThat(bind(bridge, "slice.many")).isEqualTo(BindOutcome.BOUND);
            assertThat(bound()).containsExactly("slice.many");
        }
    }

    @Test
    void afterAnOutageAllThatIsWantedIsBoundAgainBeforeTheGapAndNothingElse() throws Exception {
        try (Bridge bridge = up(Duration.ofMinutes(1));
                BackEnd backEnd = new BackEnd(NODE)) {
            for (String pattern : List.of("slice.a", "slice.b.#", "slice.gone")) {
                assertThat(bind(bridge, pattern)).isEqualTo(BindOutcome.BOUND);
            }
            unbind(bridge, "slice.gone");
            network.reset();
            bridge.recorder.awaitEvent("gap slice.# BROKER -1");
            backEnd.publish("huge", "slice.a", "1");
            backEnd.publish("huge", "slice.b.c", "2");
            bridge.recorder.awaitEvent("delivery slice.b.c 2");
            assertThat(bridge.recorder.events).contains("delivery slice.a 1");
            assertThat(bound()).containsExactlyInAnyOrder("slice.a", "slice.b.#");
            assertThat(bridge.recorder.count("gap slice.# BROKER -1")).isEqualTo(1);
        }
    }

    @Test
    void withoutABrokerAPatternIsNotBoundAndNotRemembered() {
        try (Bridge bridge = up(Duration.ofMinutes(1))) {
            network.refuse();
            network.reset();
            await().until(() -> !bridge.broker.available(RULES.get(0)));
            assertThat(bind(bridge, "slice.late")).isEqualTo(BindOutcome.UNAVAILABLE);
            network.accept();
            bridge.recorder.awaitEvent("gap slice.# BROKER -1");
            assertThat(bound()).isEmpty();
        }
    }

    @Test
    void aThousandPatternsAreBoundAndOneMoreOnlyWhenOneOfThemIsNoLongerWanted() {
        try (Bridge bridge = up(Duration.ofMinutes(10))) {
            List<CompletableFuture<BindOutcome>> all = IntStream.range(0, PatternBindings.MOST)
                    .mapToObj(i -> ask(bridge, "slice." + i))
                    .toList();
            all.forEach(one ->
                    assertThat(one.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo(BindOutcome.BOUND));
            assertThat(bound()).hasSize(PatternBindings.MOST);
            assertThat(bind(bridge, "slice.toomany")).isEqualTo(BindOutcome.LIMIT);
            assertThat(bind(bridge, "slice.7")).isEqualTo(BindOutcome.BOUND);
            unbind(bridge, "slice.5");
            assertThat(bind(bridge, "slice.another")).isEqualTo(BindOutcome.BOUND);
            await().until(() -> !bound().contains("slice.5"));
            assertThat(bound()).hasSize(PatternBindings.MOST).contains("slice.another");
        }
    }

    @Test
    void anyOrderOfComingAndGoingLeavesBoundWhatIsWanted() {
        for (int seed = 0; seed < 2; seed++) {
            int of = seed;
            Random random = new Random(seed);
            try (Bridge bridge = up(Duration.ofMillis(20))) {
                List<String> held = new ArrayList<>();
                for (int step = 0; step < 400; step++) {
                    if (random.nextInt(3) == 0 && !held.isEmpty()) {
                        unbind(bridge, held.remove(random.nextInt(held.size())));
                    } else {
                        String pattern = "slice." + random.nextInt(12);
                        BindOutcome outcome = bind(bridge, pattern);
                        if (outcome == BindOutcome.BOUND) {
                            held.add(pattern);
                        }
                    }
                    if (random.nextInt(150) == 0) {
                        network.reset();
                    }
                }
                Set<String> wanted = new TreeSet<>(held);
                await().untilAsserted(
                                () -> assertThat(bound()).as("seed %d", of).isEqualTo(wanted));
            }
        }
    }

    private static BindOutcome bind(Bridge bridge, String pattern) {
        return ask(bridge, pattern).orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static CompletableFuture<BindOutcome> ask(Bridge bridge, String pattern) {
        CompletableFuture<BindOutcome> outcome = new CompletableFuture<>();
        bridge.broker.bind(RULES.get(0), TopicPattern.of(pattern), settled -> {
            if (!outcome.complete(settled)) {
                throw new AssertionError("settled twice");
            }
        });
        return outcome;
    }

    private static void unbind(Bridge bridge, String pattern) {
        bridge.broker.unbind(RULES.get(0), TopicPattern.of(pattern));
    }

    private static Set<String> bound() {
        return NODE.ctl("list_bindings", "source_name", "routing_key")
                .lines()
                .filter(line -> line.startsWith("huge\tslice"))
                .map(line -> line.substring("huge\t".length()))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
