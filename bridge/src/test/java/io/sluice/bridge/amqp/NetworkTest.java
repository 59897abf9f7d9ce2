package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.amqp.TcpProxy.Direction;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The broker is well, and the way to it is not. */
@Timeout(90)
class NetworkTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final Rules RULES =
            Rules.none().live("a", "net").live("b", "net").publishOnly("p", "net");
    private static final String GAP_A = "gap a BROKER -1";
    private static final String GAP_B = "gap b BROKER -1";

    private TcpProxy network;

    @BeforeAll
    static void exchange() throws Exception {
        try (BackEnd backEnd = new BackEnd(NODE)) {
            backEnd.exchange("net");
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

    private Bridge up() {
        return Bridge.up(AmqpSettings.of(List.of(network.uri())).with(Bridge.QUICK), RULES);
    }

    @Test
    void aConnectionThatIsCutOrResetIsOneGapForEachRuleAndNoMore() throws Exception {
        try (Bridge bridge = up()) {
            network.cut();
            awaitGapOf(bridge, 1);
            bridge.recorder.awaitCount("up", 2);
            network.reset();
            awaitGapOf(bridge, 2);
            bridge.recorder.awaitCount("up", 3);
            isDelivered(bridge, "after");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(4);
            assertThat(publish(bridge).get()).isEqualTo(PublishOutcome.UNROUTABLE);
        }
    }

    /** F3, F4: nobody is told, so only heartbeats can tell. */
    @ParameterizedTest
    @EnumSource(Direction.class)
    void whenOneDirectionOfTheNetworkDiesItIsNoticedByHeartbeatsAndEverythingSettles(Direction dead) throws Exception {
        try (Bridge bridge = up()) {
            assertThat(publish(bridge).get()).isEqualTo(PublishOutcome.UNROUTABLE);
            network.freeze(dead);
            List<CompletableFuture<PublishOutcome>> sent =
                    IntStream.range(0, 20).mapToObj(i -> publish(bridge)).toList();
            // Two heartbeats of two seconds, and what a busy machine takes.
            await().atMost(Duration.ofSeconds(15)).until(() -> !bridge.broker.available(RULES.get(0)));
            for (CompletableFuture<PublishOutcome> one : sent) {
                assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(PublishOutcome.UNKNOWN);
            }
            assertThat(publish(bridge)).isCompletedWithValue(PublishOutcome.NOT_SENT);
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            network.thaw();
            long thawed = System.nanoTime();
            awaitGapOf(bridge, 1);
            bridge.recorder.awaitCount("up", 2);
            assertThat(Duration.ofNanos(System.nanoTime() - thawed)).isLessThan(Duration.ofSeconds(10));
            isDelivered(bridge, "after");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(2);
        }
    }

    @Test
    void aBrokerThatRefusesConnectionsIsSaidOnceAndTheBridgeIsBackWithinTenSecondsOfItsPort() throws Exception {
        try (Bridge bridge = up()) {
            network.refuse();
            network.cut();
            String refused =
                    "down " + AmqpUri.of(network.uri()) + " does not take connections: is RabbitMQ running there?";
            bridge.recorder.awaitEvent(refused);
            await().during(Duration.ofSeconds(7))
                    .atMost(Duration.ofSeconds(8))
                    .until(() -> bridge.recorder.count(refused) == 1);
            assertThat(publish(bridge)).isCompletedWithValue(PublishOutcome.NOT_SENT);
            network.accept();
            long open = System.nanoTime();
            awaitGapOf(bridge, 1);
            bridge.recorder.awaitCount("up", 2);
            assertThat(Duration.ofNanos(System.nanoTime() - open)).isLessThan(Duration.ofSeconds(10));
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(2);
        }
    }

    @Test
    void aBrokerThatTakesConnectionsAndSaysNothingIsGivenUpInTime() {
        network.freeze(Direction.FROM_BROKER);
        try (Bridge bridge =
                Bridge.starting(AmqpSettings.of(List.of(network.uri())).with(Bridge.QUICK), RULES)) {
            bridge.recorder.awaitPrefix("down");
            assertThat(bridge.recorder.events.get(0)).contains("did not answer in time");
            network.thaw();
            bridge.recorder.awaitEvent("up");
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    @Test
    void aSlowNetworkIsNoFault() throws Exception {
        network.delay(Duration.ofMillis(100));
        try (Bridge bridge = up()) {
            isDelivered(bridge, "slowly");
            List<CompletableFuture<PublishOutcome>> sent =
                    IntStream.range(0, 100).mapToObj(i -> publish(bridge)).toList();
            for (CompletableFuture<PublishOutcome> one : sent) {
                assertThat(one.get(30, TimeUnit.SECONDS)).isEqualTo(PublishOutcome.UNROUTABLE);
            }
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    @Test
    void aConnectionLostWhileItIsSetUpIsTriedAgain() throws Exception {
        AmqpSettings settings = AmqpSettings.of(List.of(network.uri()))
                .with(Bridge.QUICK.withRetry(Duration.ofMillis(5), Duration.ofMillis(50)));
        try (Bridge bridge = Bridge.up(settings, RULES)) {
            for (int round = 0; round < 20; round++) {
                int before = network.accepted();
                network.reset();
                // Somewhere between its first byte and its last rule.
                await().pollInterval(Duration.ofMillis(1)).until(() -> network.accepted() > before);
                network.reset();
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> bridge.broker.state().connected());
            isDelivered(bridge, "after");
            bridge.close();
            // Every loss of a rule that served is one gap when it serves again, and none without.
            assertThat(gapsFollowAvailability(bridge.recorder.events)).isTrue();
        }
    }

    private static boolean gapsFollowAvailability(List<String> events) {
        long available = events.stream().filter("available a"::equals).count();
        long gaps = events.stream().filter(GAP_A::equals).count();
        return gaps >= 1 && gaps < available;
    }

    private static void awaitGapOf(Bridge bridge, int count) {
        bridge.recorder.awaitCount(GAP_A, count);
        bridge.recorder.awaitCount(GAP_B, count);
    }

    private static void isDelivered(Bridge bridge, String body) throws Exception {
        try (BackEnd backEnd = new BackEnd(NODE)) {
            backEnd.publish("net", "a", body);
            bridge.recorder.awaitEvent("delivery a " + body);
        }
    }

    private static CompletableFuture<PublishOutcome> publish(Bridge bridge) {
        return bridge.publish(RULES.get(2), "net", "p", "x");
    }
}
