package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The broker dies, hangs, comes back; connections and credentials go. On a node of its own, which each test leaves running. */
@Timeout(90)
class RecoveryTest {

    private static TestBroker node;

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn();
        try (BackEnd backEnd = new BackEnd(node)) {
            backEnd.exchange("market").exchange("other");
        }
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    @Test
    void afterARestartEachRuleIsBoundAgainAndThenToldOfTheGapOnce() throws Exception {
        Rules rules = Rules.none().live("a", "market").live("b", "other").publishOnly("c", "market");
        try (Bridge bridge = Bridge.up(node, rules)) {
            node.stop();
            await().until(() -> !bridge.broker.available(rules.get(0)));
            assertThat(bridge.broker.state().connected()).isFalse();
            assertThat(bridge.broker.state().reason()).contains("127.0.0.1").doesNotContain("guest:");
            node.start();
            bridge.recorder.awaitCount("up", 2);
            bridge.recorder.awaitEvent("gap b BROKER -1");
            bridge.recorder.awaitEvent("gap a BROKER -1");
            try (BackEnd backEnd = new BackEnd(node)) {
                backEnd.publish("market", "a", "after");
            }
            bridge.recorder.awaitEvent("delivery a after");
            List<String> events = bridge.recorder.events;
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(2);
            assertThat(events.indexOf("gap a BROKER -1")).isLessThan(events.indexOf("delivery a after"));
            assertThat(events.lastIndexOf("available a")).isLessThan(events.indexOf("gap a BROKER -1"));
            assertThat(events.subList(0, 5)).contains("up").noneMatch(event -> event.startsWith("gap"));
            assertThat(bridge.broker.state().reconnects()).isEqualTo(1);
        }
    }

    /** F2. */
    @Test
    void afterAKillEachRuleIsBackWithinTenSecondsOfThePortAndToldOfTheGapOnce() throws Exception {
        Rules rules = Rules.none().live("a", "market").live("b", "other");
        try (Bridge bridge = Bridge.up(node, rules)) {
            node.kill();
            await().atMost(Duration.ofSeconds(2)).until(() -> !bridge.broker.available(rules.get(0)));
            node.start();
            long open = System.nanoTime();
            bridge.recorder.awaitEvent("gap a BROKER -1");
            bridge.recorder.awaitEvent("gap b BROKER -1");
            assertThat(Duration.ofNanos(System.nanoTime() - open)).isLessThan(Duration.ofSeconds(10));
            bridge.recorder.awaitCount("up", 2);
            try (BackEnd backEnd = new BackEnd(node)) {
                backEnd.publish("market", "a", "after");
            }
            bridge.recorder.awaitEvent("delivery a after");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(2);
        }
    }

    @Test
    void whatIsPublishedRightAfterTheGapArrives() throws Exception {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        try (BackEnd watcher = new BackEnd(node);
                GapPublisher bridge = new GapPublisher(rules)) {
            for (int round = 1; round <= 3; round++) {
                closeConnections("consume");
                bridge.recorder.awaitCount("gap a BROKER -1", round);
                bridge.recorder.awaitCount("delivery a on the gap", round);
            }
            assertThat(watcher.channel.isOpen()).isTrue();
        }
    }

    /** Publishes from within the gap's own callback: it could not be earlier. */
    private static final class GapPublisher implements AutoCloseable {
        final Recorder recorder = new Recorder();
        private final BackEnd backEnd = new BackEnd(node);
        private final AmqpBroker broker;

        GapPublisher(Rules rules) throws Exception {
            broker = new AmqpBroker(Bridge.settings(node), rules.topicRules());
            broker.start(recorder, new io.sluice.bridge.DeliverySink() {
                @Override
                public void deliver(io.sluice.bridge.Delivery delivery) {
                    recorder.deliver(delivery);
                }

                @Override
                public void gap(io.sluice.bridge.topic.Rule rule, Hole hole, long missed) {
                    try {
                        backEnd.publish("market", "a", "on the gap");
                    } catch (Exception failed) {
                        throw new IllegalStateException(failed);
                    }
                    recorder.gap(rule, hole, missed);
                }

                @Override
                public void tooLarge(io.sluice.bridge.topic.Rule rule, String topic) {
                    recorder.tooLarge(rule, topic);
                }
            });
            recorder.awaitEvent("up");
        }

        @Override
        public void close() throws Exception {
            broker.close();
            backEnd.close();
        }
    }

    @Test
    void whenTheBrokerIsKilledWhatWasSentIsUnknownAndWhatComesLaterIsNotSent() throws Exception {
        Rules rules = Rules.none().publishOnly("p", "market");
        try (Bridge bridge = Bridge.up(node, rules)) {
            try (BackEnd backEnd = new BackEnd(node)) {
                backEnd.bound("market", "p");
                awaitLane(bridge, rules);
                node.pause();
                List<CompletableFuture<PublishOutcome>> sent = IntStream.range(0, 50)
                        .mapToObj(i -> bridge.publish(rules.get(0), "market", "p", "x"))
                        .toList();
                await().until(() -> bridge.broker.state().unconfirmed() == 50);
                node.resume();
                node.kill();
                for (CompletableFuture<PublishOutcome> one : sent) {
                    // The broker may have confirmed some between its resumption and its death.
                    assertThat(one.get(5, TimeUnit.SECONDS)).isIn(PublishOutcome.UNKNOWN, PublishOutcome.CONFIRMED);
                }
                await().until(() -> !bridge.broker.state().connected());
                assertThat(bridge.publish(rules.get(0), "market", "p", "x").get())
                        .isEqualTo(PublishOutcome.NOT_SENT);
            } finally {
                node.start();
            }
            bridge.recorder.awaitCount("up", 2);
            assertThat(bridge.broker.state().unconfirmed()).isZero();
        }
    }

    @Test
    void aBrokerThatHangsIsLostAfterTwoHeartbeatsAlsoWhileALaneIsBlockedInAWrite() throws Exception {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        try (Bridge bridge = Bridge.up(node, rules)) {
            awaitLane(bridge, rules);
            node.pause();
            try {
                // More than the sockets hold.
                List<CompletableFuture<PublishOutcome>> outcomes = IntStream.range(0, 60)
                        .mapToObj(
                                i -> bridge.publish(Bridge.publication(rules.get(1), "market", "p", new byte[1 << 20])))
                        .toList();
                bridge.recorder.awaitPrefix("down");
                for (CompletableFuture<PublishOutcome> one : outcomes) {
                    assertThat(one.get(20, TimeUnit.SECONDS))
                            .isIn(PublishOutcome.UNKNOWN, PublishOutcome.NOT_SENT, PublishOutcome.BUSY);
                }
                assertThat(outcomes.get(0).get()).isEqualTo(PublishOutcome.UNKNOWN);
            } finally {
                node.resume();
            }
            bridge.recorder.awaitCount("up", 2);
            bridge.recorder.awaitEvent("gap a BROKER -1");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(1);
        }
    }

    @Test
    void aPublishThatIsNeverConfirmedIsUnknownAfterTheTimeAndALaterConfirmIsIgnored() throws Exception {
        Rules rules = Rules.none().publishOnly("p", "market");
        AmqpSettings settings = Bridge.settings(node)
                .with(Bridge.QUICK.withHeartbeat(Duration.ofSeconds(30)).withConfirm(Duration.ofSeconds(1)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            assertThat(bridge.publish(rules.get(0), "market", "p", "x").get()).isEqualTo(PublishOutcome.UNROUTABLE);
            CompletableFuture<PublishOutcome> outcome;
            node.pause();
            try {
                outcome = bridge.publish(rules.get(0), "market", "p", "x");
                assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(PublishOutcome.UNKNOWN);
            } finally {
                node.resume();
            }
            assertThat(bridge.publish(rules.get(0), "market", "p", "x").get()).isEqualTo(PublishOutcome.UNROUTABLE);
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    @Test
    void aConnectionThatAnOperatorClosesIsMadeAnew() {
        Rules rules = Rules.none().live("a", "market");
        try (Bridge bridge = Bridge.up(node, rules)) {
            closeConnections("publish");
            bridge.recorder.awaitCount("up", 2);
            // The other connection stood all the while.
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            assertThat(bridge.broker.available(rules.get(0))).isTrue();
            assertThat(bridge.recorder.events).anyMatch(event -> event.contains("closed the connection"));
            closeConnections("consume");
            bridge.recorder.awaitCount("up", 3);
            bridge.recorder.awaitEvent("gap a BROKER -1");
        }
    }

    /** F10. */
    @ParameterizedTest
    @EnumSource(Alarm.class)
    void whileTheBrokerBlocksPublishesAreBusyAtOnceAndDeliveriesGoOn(Alarm alarm) throws Exception {
        Rules rules = Rules.none().live("a", "market");
        try (Bridge bridge = Bridge.up(node, rules);
                BackEnd backEnd = new BackEnd(node)) {
            assertThat(bridge.publish(rules.get(0), "market", "a", "before").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            // Waiting in the exchange's other queue, to be moved to the live queue by the broker while publishers are
            // blocked.
            backEnd.channel.queueDeclare(
                    "expiring." + alarm,
                    false,
                    false,
                    false,
                    Map.of(
                            "x-message-ttl",
                            4000,
                            "x-dead-letter-exchange",
                            "market",
                            "x-dead-letter-routing-key",
                            "a"));
            backEnd.publish("", "expiring." + alarm, "meanwhile");
            alarm.raise(node, true);
            CompletableFuture<PublishOutcome> stuck;
            try {
                // The broker says so to a connection that publishes, not before.
                stuck = bridge.publish(rules.get(0), "market", "a", "stuck");
                bridge.recorder.awaitEvent("blocked true");
                assertThat(stuck).isNotDone();
                assertThat(bridge.broker.state().blocked()).isTrue();
                assertThat(bridge.publish(rules.get(0), "market", "a", "x")).isCompletedWithValue(PublishOutcome.BUSY);
                bridge.recorder.awaitEvent("delivery a meanwhile");
                assertThat(bridge.broker.state().blocked()).isTrue();
                assertThat(bridge.broker.state().connected()).isTrue();
            } finally {
                alarm.raise(node, false);
            }
            bridge.recorder.awaitEvent("blocked false");
            assertThat(bridge.publish(rules.get(0), "market", "a", "after").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            assertThat(stuck.get(10, TimeUnit.SECONDS)).isEqualTo(PublishOutcome.CONFIRMED);
            assertThat(bridge.recorder.countPrefix("blocked")).isEqualTo(2);
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    private enum Alarm {
        MEMORY {
            @Override
            void raise(TestBroker on, boolean raised) {
                on.memoryAlarm(raised);
            }
        },
        DISK {
            @Override
            void raise(TestBroker on, boolean raised) {
                on.diskAlarm(raised);
            }
        };

        abstract void raise(TestBroker on, boolean raised);
    }

    @Test
    void theUrisAreTriedInTurn() {
        AmqpSettings settings = AmqpSettings.of(List.of("amqp://guest:guest@127.0.0.1:1/%2f", node.uri()))
                .with(Bridge.QUICK);
        try (Bridge bridge = Bridge.up(settings, Rules.none().live("a", "market"))) {
            assertThat(bridge.recorder.countPrefix("down")).isZero();
            closeConnections("consume");
            bridge.recorder.awaitEvent("gap a BROKER -1");
        }
    }

    @Test
    void noThreadOutlivesTheClose() {
        try (Bridge bridge = Bridge.up(node, Rules.none().live("a", "market"))) {
            assertThat(threads()).anyMatch(thread -> thread.startsWith("sluice-broker"));
        }
        await().untilAsserted(() -> assertThat(threads()).isEmpty());
    }

    @Test
    void theCloseIsBoundedWhileTheBrokerHangsAndLeavesNoThread() {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        AmqpSettings settings = Bridge.settings(node).with(Bridge.QUICK.withHeartbeat(Duration.ofSeconds(60)));
        Bridge bridge = Bridge.up(settings, rules);
        awaitLane(bridge, rules);
        node.pause();
        try {
            CompletableFuture<PublishOutcome> first =
                    bridge.publish(Bridge.publication(rules.get(1), "market", "p", new byte[20 << 20]));
            long start = System.nanoTime();
            bridge.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
            assertThat(first).isCompletedWithValue(PublishOutcome.UNKNOWN);
            await().untilAsserted(() -> assertThat(threads()).isEmpty());
        } finally {
            node.resume();
        }
    }

    /** Until the lane has its channel: what is offered before is refused while the broker hangs, not unknown. */
    private static void awaitLane(Bridge bridge, Rules rules) {
        assertThat(bridge.publish(rules.get(0), "market", "nobody", "x").join()).isEqualTo(PublishOutcome.UNROUTABLE);
    }

    /** Of the bridge and its client, each with where it stands. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().matches("(sluice-|AMQP|pool-).*"))
                .map(entry -> entry.getKey().getName() + " " + List.of(entry.getValue()))
                .toList();
    }

    private static void closeConnections(String purpose) {
        node.ctl("list_connections", "pid", "client_properties")
                .lines()
                .filter(line -> line.contains("sluice " + purpose))
                .map(line -> line.substring(0, line.indexOf('\t')))
                .forEach(pid -> node.ctl("close_connection", pid, "maintenance"));
    }
}
