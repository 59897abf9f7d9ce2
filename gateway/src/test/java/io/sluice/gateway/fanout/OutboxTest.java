package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A session that does not read: what is parked, what goes, and what it is told. Bodies have 100 bytes, frames 104. */
final class OutboxTest {

    private static final String BODY = "x".repeat(96);
    private static final int LIMIT = 4096;

    @Test
    void whatIsParkedGoesOutInOrderWhenTheSessionReadsAgain() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DISCONNECT)) {
            SlowSocket socket = node.subscribed(1 << 20, "a");
            socket.stop();
            for (int i = 0; i < 100; i++) {
                node.publish("a", i + BODY);
                node.turn();
            }
            socket.resume();

            List<String> received = socket.received();
            assertThat(received).hasSize(100);
            for (int i = 0; i < 100; i++) {
                assertThat(received.get(i)).isEqualTo("a=" + i + BODY);
            }
        }
    }

    @Test
    void aSessionOverTheLimitIsDisconnectedAndNotBefore() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DISCONNECT)) {
            SlowSocket socket = node.subscribed(LIMIT, "a");
            socket.stop();
            int sent = 0;
            while (socket.closedWith == null) {
                assertThat(held(node, socket)).isLessThanOrEqualTo(LIMIT);
                node.publish("a", BODY);
                node.turn();
                assertThat(++sent).isLessThan(100);
            }
            assertThat(socket.closedWith).isEqualTo(1013);
            assertThat(sent * 100).isGreaterThan(LIMIT / 2);
            assertThat(node.count("sluice.slow.sessions", "policy", "disconnect"))
                    .isEqualTo(1);
        }
    }

    @Test
    void dropOldestKeepsTheNewestAndTellsHowManyAreMissing() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            SlowSocket socket = node.subscribed(LIMIT, "a");
            socket.stop();
            for (int i = 0; i < 200; i++) {
                node.publish("a", i + BODY);
                node.turn();
                assertThat(held(node, socket)).isLessThanOrEqualTo(LIMIT + 110);
            }
            socket.resume();

            List<String> received = socket.received();
            int gap = indexOfGap(received);
            assertThat(received.get(gap)).isEqualTo("gap a slow " + (200 - (received.size() - 1)));
            assertThat(received.get(gap - 1)).isEqualTo("a=" + (gap - 1) + BODY);
            assertThat(received.get(received.size() - 1)).isEqualTo("a=199" + BODY);
            int kept = received.size() - gap - 1;
            for (int i = 0; i < kept; i++) {
                assertThat(received.get(gap + 1 + i)).isEqualTo("a=" + (200 - kept + i) + BODY);
            }
            assertThat(node.count("sluice.messages.dropped", "rule", "rule0", "reason", "slow"))
                    .isEqualTo(200 - gap - kept);
        }
    }

    @Test
    void conflateKeepsTheNewestOfEachTopicAtTheTail() {
        try (FanoutFixture node = new FanoutFixture(Overflow.CONFLATE)) {
            SlowSocket socket = node.subscribed(LIMIT, "#");
            socket.stop();
            fill(node, socket);
            for (int i = 0; i < 50; i++) {
                node.publish("a", Integer.toString(i));
                node.publish("b", Integer.toString(i));
                node.turn();
            }
            node.publish("a", "last");
            node.turn();
            socket.resume();

            List<String> received = socket.received();
            int gap = indexOfGap(received);
            assertThat(received.subList(gap, received.size())).containsExactly("gap # slow 99", "b=49", "a=last");
        }
    }

    @Test
    void aHoleIsToldOnEveryPatternThatMatchedWhatIsMissing() {
        try (FanoutFixture node = new FanoutFixture(Overflow.CONFLATE)) {
            SlowSocket socket = node.subscribed(LIMIT, "a.*", "a.b", "c");
            socket.stop();
            fillWith(node, socket, "a.x");
            node.publish("a.b", "1");
            node.publish("a.b", "2");
            node.turn();
            socket.resume();

            assertThat(socket.received())
                    .contains("gap a.* slow 1", "gap a.b slow 1", "a.b=2")
                    .doesNotContain("a.b=1", "gap c slow 1");
        }
    }

    @Test
    void unsubscribingForgetsWhatIsParkedForIt() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DISCONNECT)) {
            SlowSocket socket = node.subscribed(1 << 20, "a", "b");
            socket.stop();
            fillWith(node, socket, "a");
            node.publish("a", "parked");
            node.publish("b", "parked");
            node.turn();
            Outbox outbox = FanoutFixture.outbox(socket);
            outbox.unsubscribe(Objects.requireNonNull(outbox.subscription(TopicPattern.of("a"))));
            socket.resume();

            assertThat(socket.received()).contains("b=parked").doesNotContain("a=parked");
        }
    }

    @Test
    void aSlowSessionDelaysNoOther() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            SlowSocket slow = node.subscribed(LIMIT, "a");
            SlowSocket quick = node.subscribed(LIMIT, "a");
            slow.stop();
            for (int i = 0; i < 500; i++) {
                node.publish("a", i + BODY);
                node.turn();
                assertThat(quick.received()).containsExactly("a=" + i + BODY);
            }
        }
    }

    @Test
    void aLimitBelowTheHighWaterMarkIsKeptTooAndNothingIsStuck() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            SlowSocket socket = node.subscribed(200, "a");
            socket.stop();
            for (int i = 0; i < 50; i++) {
                node.publish("a", i + BODY);
                node.turn();
            }
            socket.resume();
            assertThat(socket.received()).last().isEqualTo("a=49" + BODY);
            node.publish("a", "more");
            node.turn();
            assertThat(socket.received()).containsExactly("a=more");
        }
    }

    @Test
    void aLowerLimitHoldsForASessionThatStandsInItsChannelToo() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            SlowSocket socket = node.subscribed(LIMIT, "a");
            socket.stop();
            node.publish("a", BODY);
            node.turn();
            FanoutFixture.outbox(socket).limits(new OutboundLimits(200, FanoutFixture.AGE));
            for (int i = 0; i < 50; i++) {
                node.publish("a", i + "");
                node.turn();
                assertThat(socket.pendingBytes()).isLessThan(400);
            }
            socket.resume();
            assertThat(socket.received()).last().isEqualTo("a=49");
            assertThat(held(node, socket)).isZero();
        }
    }

    private static void fill(FanoutFixture node, SlowSocket socket) {
        fillWith(node, socket, "fill");
    }

    /** Writes until the channel is not writable. */
    private static void fillWith(FanoutFixture node, SlowSocket socket, String topic) {
        while (socket.channel().isWritable()) {
            node.publish(topic, BODY);
            node.turn();
        }
    }

    private static double held(FanoutFixture node, SlowSocket socket) {
        return socket.pendingBytes()
                + node.registry.get("sluice.outbound.bytes").gauge().value();
    }

    private static int indexOfGap(List<String> received) {
        for (int i = 0; i < received.size(); i++) {
            if (received.get(i).startsWith("gap")) {
                return i;
            }
        }
        throw new AssertionError("no gap in " + received);
    }
}
