package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.config.Configuration.Overflow;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits for all slow sessions of a node together, and for how long. Frames have 1,006 bytes; one fills a channel. */
final class SlowSessionsTest {

    private static final String BODY = "x".repeat(1000);
    private static final long FRAME = 1006;
    private static final int LIMIT = 1 << 20;
    private static final long SECOND = 1_000_000_000L;
    private static final long AGE = FanoutFixture.AGE.toNanos();

    @Test
    void aMessageCountsOnceHoweverManyItWaitsFor() {
        OutboundBudget budget = new OutboundBudget(Long.MAX_VALUE);
        try (FanoutFixture node = FanoutFixture.within(budget, Overflow.DROP_OLDEST)) {
            List<SlowSocket> slow = List.of(stopped(node, "a"), stopped(node, "#"), stopped(node, "a"));
            publish(node, "a", 11);
            assertThat(budget.held()).isEqualTo(10 * FRAME);
            slow.get(0).resume();
            assertThat(budget.held()).isEqualTo(10 * FRAME);
            slow.get(1).resume();
            FanoutFixture.outbox(slow.get(2)).close();
            assertThat(budget.held()).isZero();
            assertThat(slow.get(1).received()).hasSize(11);
        }
    }

    @Test
    void exactlyTheBudgetMayWaitAndOneMessageMoreMayNot() {
        OutboundBudget budget = new OutboundBudget(10 * FRAME);
        try (FanoutFixture node = FanoutFixture.within(budget, Overflow.DISCONNECT)) {
            SlowSocket slow = stopped(node, "a");
            publish(node, "a", 11);
            assertThat(budget.held()).isEqualTo(10 * FRAME);
            assertThat(slow.closedWith).isNull();
            publish(node, "a", 1);
            assertThat(slow.closedWith).isEqualTo(1013);
            assertThat(budget.held()).isZero();
            assertThat(node.count("sluice.outbound.sheds", "reason", "budget")).isEqualTo(1);
        }
    }

    @Test
    void whoHasMostWaitingIsShedFirstAndTheOthersLoseNothing() {
        OutboundBudget budget = new OutboundBudget(20 * FRAME);
        try (FanoutFixture node = FanoutFixture.within(budget, Overflow.DROP_OLDEST)) {
            SlowSocket worst = stopped(node, "a");
            SlowSocket slow = stopped(node, "b");
            SlowSocket reader = node.subscribed(LIMIT, "#");
            publish(node, "b", 7);
            publish(node, "a", 18);
            assertThat(budget.held()).isLessThanOrEqualTo(20 * FRAME);
            slow.resume();
            worst.resume();
            assertThat(slow.received()).hasSize(7).noneMatch(message -> message.startsWith("gap"));
            assertThat(worst.received())
                    .filteredOn(message -> message.startsWith("gap"))
                    .hasSize(1);
            assertThat(reader.received()).hasSize(25);
            assertThat(worst.closedWith).isNull();
        }
    }

    @Test
    void theWorstOfTheNodeIsShedThoughAnotherEventLoopHasIt() {
        OutboundBudget budget = new OutboundBudget(20 * FRAME);
        try (FanoutFixture one = FanoutFixture.within(budget, Overflow.DISCONNECT);
                FanoutFixture other = FanoutFixture.within(budget, Overflow.DISCONNECT)) {
            budget.shards(List.of(one.shard, other.shard));
            SlowSocket worst = stopped(one, "a");
            SlowSocket slow = stopped(other, "b");
            publish(one, "a", 18);
            publish(other, "b", 8);
            one.turn();
            other.turn();
            one.turn();
            assertThat(worst.closedWith).isEqualTo(1013);
            assertThat(slow.closedWith).isNull();
            assertThat(budget.held()).isEqualTo(7 * FRAME);
        }
    }

    @Test
    void whoseChannelHasNotTakenAByteForTooLongIsClosedWhateverTheRule() {
        try (FanoutFixture node = new FanoutFixture(Overflow.CONFLATE)) {
            SlowSocket slow = stopped(node, "a");
            publish(node, "a", 1);
            assertThat(tick(slow, SECOND)).isEqualTo(AGE);
            assertThat(tick(slow, AGE)).isEqualTo(SECOND);
            assertThat(slow.closedWith).isNull();
            tick(slow, AGE + SECOND);
            assertThat(slow.closedWith).isEqualTo(1013);
            assertThat(node.count("sluice.outbound.sheds", "reason", "age")).isEqualTo(1);
        }
    }

    @Test
    void whoReadsOnIsNotTooOldHoweverMuchStillWaits() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DISCONNECT)) {
            SlowSocket slow = stopped(node, "a");
            for (int minute = 1; minute <= 10; minute++) {
                publish(node, "a", 3);
                tick(slow, minute * AGE);
                slow.resume();
                slow.stop();
            }
            assertThat(slow.closedWith).isNull();
            slow.resume();
            assertThat(tick(slow, 11 * AGE)).isEqualTo(Long.MAX_VALUE);
        }
    }

    @Test
    void whatIsParkedForTooLongIsLostByTheRulesPolicyAndTold() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            SlowSocket slow = stopped(node, "a");
            publish(node, "a", 1);
            node.publishOld("a", "old" + BODY, FanoutFixture.AGE);
            node.publishOld("a", "older" + BODY, FanoutFixture.AGE.plusSeconds(1));
            node.turn();
            publish(node, "a", 1);
            tick(slow, SECOND);
            slow.resume();
            assertThat(slow.received())
                    .hasSize(3)
                    .contains("gap a slow 2")
                    .noneMatch(message -> message.contains("old"));
        }
    }

    @Test
    void aReplayMayWaitForItsReaderAsLongAsItTakes() {
        try (FanoutFixture node = FanoutFixture.resumable(Overflow.DISCONNECT, 100)) {
            for (int i = 0; i < 50; i++) {
                node.publish("a", BODY);
            }
            SlowSocket slow = node.resumed(LIMIT, node.history().place(0), "a");
            slow.stop();
            node.turn();
            for (int minute = 1; minute <= 10; minute++) {
                tick(slow, minute * AGE);
            }
            assertThat(slow.closedWith).isNull();
        }
    }

    @Test
    void theSlowestComeWorstFirstAndWhoReadsIsNotAmongThem() {
        try (FanoutFixture node = new FanoutFixture(Overflow.DROP_OLDEST)) {
            stopped(node, "a");
            stopped(node, "a", "b");
            SlowSocket reader = node.subscribed(LIMIT, "#");
            publish(node, "a", 4);
            publish(node, "b", 4);
            assertThat(node.shard.slow().worstFirst())
                    .extracting(SlowSession::bytes)
                    .hasSize(2)
                    .isSortedAccordingTo(Comparator.reverseOrder());
            assertThat(reader.received()).hasSize(8);
        }
    }

    private static SlowSocket stopped(FanoutFixture node, String... patterns) {
        SlowSocket socket = node.subscribed(LIMIT, patterns);
        socket.stop();
        return socket;
    }

    private static void publish(FanoutFixture node, String topic, int messages) {
        for (int i = 0; i < messages; i++) {
            node.publish(topic, BODY);
            node.turn();
        }
    }

    private static long tick(SlowSocket socket, long nowNanos) {
        return FanoutFixture.outbox(socket).onTick(nowNanos);
    }
}
