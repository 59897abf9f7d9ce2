package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.DeliverySink.Hole;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ShardTest {

    private final FanoutFixture node = new FanoutFixture(Overflow.DISCONNECT, Overflow.DISCONNECT);

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void everySessionWhosePatternMatchesReceivesTheMessageOnce() {
        SlowSocket all = node.subscribed(1 << 20, "#");
        SlowSocket one = node.subscribed(1 << 20, "a.b");
        SlowSocket both = node.subscribed(1 << 20, "a.*", "a.b", "#");
        SlowSocket other = node.subscribed(1 << 20, "b.#");

        node.publish("a.b", "1");
        node.turn();

        assertThat(all.received()).containsExactly("a.b=1");
        assertThat(one.received()).containsExactly("a.b=1");
        assertThat(both.received()).containsExactly("a.b=1");
        assertThat(other.received()).isEmpty();
    }

    @Test
    void aMessageIsEncodedOnceForAThousandSessions() {
        List<SlowSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            sockets.add(node.subscribed(1 << 20, "t"));
        }
        node.publish("t", "x");
        node.turn();

        assertThat(node.count("sluice.messages.encoded", "rule", "rule0")).isEqualTo(1);
        assertThat(node.count("sluice.messages.delivered", "rule", "rule0")).isEqualTo(1000);
        long memory = -1;
        for (SlowSocket socket : sockets) {
            for (ByteBuf buffer : socket.buffers()) {
                long address = buffer.memoryAddress() + buffer.readerIndex();
                assertThat(memory == -1 || memory == address)
                        .as("the same bytes")
                        .isTrue();
                memory = address;
                buffer.release();
            }
        }
    }

    @Test
    void allThatWaitsForTheSameSessionsLeavesInOneWriteAndOneFlush() {
        SlowSocket socket = node.subscribed(1 << 20, "#");
        int before = socket.flushes();
        for (int i = 0; i < 20; i++) {
            node.publish("topic." + i, Integer.toString(i));
        }
        node.turn();

        List<ByteBuf> buffers = socket.buffers();
        assertThat(buffers).hasSize(1);
        assertThat(socket.flushes() - before).isEqualTo(1);
        buffers.forEach(ByteBuf::release);
    }

    @Test
    void theOrderOfMessagesIsKeptWhereTheirReceiversDiffer() {
        SlowSocket all = node.subscribed(1 << 20, "#");
        node.subscribed(1 << 20, "a");
        for (int i = 0; i < 10; i++) {
            node.publish(i % 3 == 0 ? "a" : "b", Integer.toString(i));
        }
        node.turn();

        assertThat(all.received())
                .containsExactly("a=0", "b=1", "b=2", "a=3", "b=4", "b=5", "a=6", "b=7", "b=8", "a=9");
    }

    @Test
    void aLittleForFewPassesALongRowOfFlushes() {
        List<SlowSocket> row = crowd(500, "large");
        SlowSocket few = node.subscribed(1 << 20, "small");
        List<Long> flushedBefore = new ArrayList<>();
        few.onFlush(() -> flushedBefore.add(
                row.stream().filter(socket -> socket.flushes() > 0).count()));
        row.get(250).onFlush(() -> node.publish("small", "1"));

        node.publish("large", "1");
        node.turn();

        assertThat(flushedBefore).hasSize(1);
        assertThat(flushedBefore.get(0)).isBetween(250L, 250L + Shard.PASSING_EVERY);
        assertThat(few.received()).containsExactly("small=1");
        assertThat(row).allMatch(socket -> socket.received().equals(List.of("large=1")));
    }

    @Test
    void whatIsForManyGetsInLineAndMeetsInOneFlushWhatIsThere() {
        List<SlowSocket> row = crowd(500, "#");
        row.get(250).onFlush(() -> {
            row.get(250).onFlush(() -> {});
            node.publish("b", "2");
        });

        node.publish("a", "1");
        node.turn();

        assertThat(row).allMatch(socket -> socket.received().equals(List.of("a=1", "b=2")));
        assertThat(row.stream().mapToInt(SlowSocket::flushes).sum()).isBetween(750, 750 + Shard.PASSING_EVERY);
    }

    @Test
    void aBacklogWaitsForTheEndOfTheRow() {
        List<SlowSocket> row = crowd(100, "large");
        SlowSocket few = node.subscribed(1 << 20, "small");
        List<Long> flushedBefore = new ArrayList<>();
        few.onFlush(() -> flushedBefore.add(
                row.stream().filter(socket -> socket.flushes() > 0).count()));
        row.get(50).onFlush(() -> {
            for (int i = 0; i < 100; i++) {
                node.publish("small", Integer.toString(i));
            }
        });

        node.publish("large", "1");
        node.turn();

        assertThat(flushedBefore).containsExactly(100L);
    }

    private List<SlowSocket> crowd(int sockets, String pattern) {
        List<SlowSocket> crowd = new ArrayList<>();
        for (int i = 0; i < sockets; i++) {
            crowd.add(node.subscribed(1 << 20, pattern));
        }
        return crowd;
    }

    @Test
    void aSessionThatLeftReceivesNothing() {
        SlowSocket socket = node.subscribed(1 << 20, "a", "b");
        Outbox outbox = FanoutFixture.outbox(socket);
        outbox.unsubscribe(java.util.Objects.requireNonNull(outbox.subscription(TopicPattern.of("a"))));
        node.publish("a", "1");
        node.publish("b", "2");
        node.turn();

        assertThat(socket.received()).containsExactly("b=2");
    }

    @Test
    void aRuleWithNoSubscriberTakesNothing() {
        SlowSocket socket = node.subscribed(1 << 20, "a");
        node.publish(1, "a", "of another rule");
        node.turn();

        assertThat(socket.received()).isEmpty();
        assertThat(node.count("sluice.messages.encoded", "rule", "rule1")).isZero();
    }

    @Test
    void aHoleIsToldOnceToEverySubscriptionAndInItsPlace() {
        SlowSocket socket = node.subscribed(1 << 20, "a", "b.*");
        node.publish("a", "before");
        node.hub.gap(node.rules.get(0), Hole.BROKER, -1);
        node.publish("a", "after");
        node.turn();

        assertThat(socket.received())
                .hasSize(4)
                .startsWith("a=before")
                .endsWith("a=after")
                .contains("gap a broker -1", "gap b.* broker -1");
    }

    @Test
    void aMessageTooLargeIsToldToTheSubscriptionsThatMatchItAndToNoOther() {
        SlowSocket socket = node.subscribed(1 << 20, "a", "*", "b");
        node.hub.tooLarge(node.rules.get(0), "a");
        node.turn();

        assertThat(socket.received()).containsExactlyInAnyOrder("gap a too_large 1", "gap * too_large 1");
    }

    @Test
    void aBacklogDropsTheOldestAndTellsTheHoleBeforeWhatFollows() {
        SlowSocket socket = node.subscribed(Long.MAX_VALUE, "a");
        for (int i = 0; i < 8192 + 5; i++) {
            node.publish("a", Integer.toString(i));
        }
        for (int i = 0; i < 20; i++) {
            node.turn();
        }

        List<String> received = socket.received();
        assertThat(received).hasSize(8192 + 1);
        assertThat(received.get(0)).isEqualTo("gap a slow -1");
        assertThat(received.get(1)).isEqualTo("a=5");
        assertThat(node.count("sluice.messages.dropped", "rule", "rule0", "reason", "backlog"))
                .isEqualTo(5);
    }

    @Test
    void aBusyRuleDoesNotStarveAnother() {
        SlowSocket busy = node.subscribed(Long.MAX_VALUE, "a");
        SlowSocket calm = node.open(1 << 20);
        FanoutFixture.outbox(calm).subscribe(node.rules.get(1), TopicPattern.of("b"), List.of());
        for (int i = 0; i < 5000; i++) {
            node.publish("a", "x");
        }
        node.publish(1, "b", "y");
        node.shard.eventLoop();
        node.turn();

        assertThat(calm.received()).containsExactly("b=y");
        assertThat(busy.received()).hasSize(5000);
    }
}
