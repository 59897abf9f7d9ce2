package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Envelope;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Oversized;
import io.sluice.bridge.History.Read.Batch;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistoryWindowTest {

    private static final Rule RULE =
            Rules.none().resumable("#", Rules.stream("e", "s")).get(0);
    private static final Marker MARKER = new Marker(0, 0, 0, 0);

    @Test
    void fromAnyOffsetThatItHoldsEverythingIsReadAndNothingTwice() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int maxMessages = 1 + random.nextInt(400);
            long maxBytes = random.nextLong(1, 100_000);
            long from = random.nextInt(100);
            HistoryWindow window = new HistoryWindow(maxMessages, maxBytes, from, from == 0);
            List<Entry> all = new ArrayList<>();
            long offset = from;
            for (int i = random.nextInt(1000); i > 0; i--) {
                Entry entry = entry(random, offset);
                window.add(offset, entry);
                if (entry != null) {
                    all.add(entry);
                }
                offset += random.nextInt(10) == 0 ? 2 : 1;
            }
            assertBounded(window, all, maxMessages, maxBytes);
            for (long at = window.from(); at <= window.end(); at++) {
                long asked = at;
                assertThat(readFrom(window, at))
                        .isEqualTo(all.stream()
                                .filter(entry -> entry.offset() >= asked)
                                .toList());
            }
            assertThat(window.read(window.from() - 1)).isNull();
        }
    }

    private static void assertBounded(HistoryWindow window, List<Entry> all, int maxMessages, long maxBytes) {
        List<Entry> held = window.newest(Integer.MAX_VALUE).entries();
        long bytes = held.stream().mapToLong(StreamEntries::bytes).sum();
        assertThat(held).hasSizeLessThanOrEqualTo(maxMessages);
        assertThat(bytes).isLessThanOrEqualTo(maxBytes);
        assertThat(held).isEqualTo(all.subList(all.size() - held.size(), all.size()));
        if (held.size() < all.size() && held.size() < maxMessages) {
            Entry dropped = all.get(all.size() - held.size() - 1);
            assertThat(bytes + StreamEntries.bytes(dropped))
                    .as("no fewer than may be")
                    .isGreaterThan(maxBytes);
        }
    }

    private static List<Entry> readFrom(HistoryWindow window, long from) {
        List<Entry> entries = new ArrayList<>();
        Batch batch = window.read(from);
        for (long at = from; batch != null && batch.end() > at; batch = window.read(at)) {
            assertThat(batch.entries()).hasSizeLessThanOrEqualTo(StreamEntries.BATCH_MESSAGES);
            entries.addAll(batch.entries());
            at = batch.end();
        }
        assertThat(batch).isNotNull();
        return entries;
    }

    @Test
    void aBatchEndsWithTheMessageThatReaches64KiB() {
        HistoryWindow window = new HistoryWindow(100, 1 << 30, 0, true);
        for (int i = 0; i < 4; i++) {
            window.add(i, delivery(i, "", i == 2 ? 2 : (32 << 10) - 1));
        }
        assertThat(window.read(0))
                .satisfies(batch -> assertThat(batch.entries()).hasSize(3))
                .satisfies(batch -> assertThat(batch.end()).isEqualTo(3));
        assertThat(window.read(1))
                .satisfies(batch -> assertThat(batch.entries()).hasSize(3))
                .satisfies(batch -> assertThat(batch.end()).isEqualTo(4));
    }

    @Test
    void behindTheLastMessageOfTheRuleABatchEndsWhereTheWindowDoes() {
        HistoryWindow window = new HistoryWindow(100, 1000, 5, false);
        window.add(5, delivery(5, "t", 1));
        window.add(6, null);
        window.add(8, null);
        assertThat(window.read(6)).isEqualTo(new Batch(List.of(), 9));
        assertThat(window.read(9)).isEqualTo(new Batch(List.of(), 9));
        assertThat(window.read(4)).isNull();
    }

    @Test
    void itHoldsTheWholeLogUntilItDropsAMessage() {
        HistoryWindow window = new HistoryWindow(2, 1000, 0, true);
        window.add(0, delivery(0, "t", 1));
        window.add(1, delivery(1, "t", 1));
        assertThat(window.newest(10).whole()).isTrue();
        assertThat(window.newest(1).whole()).isFalse();
        window.add(2, delivery(2, "t", 1));
        assertThat(window.newest(10).whole()).isFalse();
        assertThat(window.from()).isEqualTo(1);
    }

    @Test
    void aMessageAgreesOnlyWithTheSameBodyAndTopicAtItsOffset() {
        HistoryWindow window = new HistoryWindow(10, 1000, 0, true);
        window.add(3, delivery(3, "t", 2));
        window.add(4, new Oversized("t", 4));
        assertThat(window.agrees(message(3, "t", new byte[2]))).isTrue();
        assertThat(window.agrees(message(3, "u", new byte[2]))).isFalse();
        assertThat(window.agrees(message(3, "t", new byte[] {0, 1}))).isFalse();
        assertThat(window.agrees(message(4, "t", new byte[9]))).isTrue();
        assertThat(window.agrees(message(4, "u", new byte[9]))).isFalse();
        assertThat(window.agrees(message(9, "anything", new byte[9]))).isTrue();
    }

    private static StreamMessage message(long offset, String topic, byte[] body) {
        return new StreamMessage(offset, new Envelope(1, false, "e", topic), new AMQP.BasicProperties(), body);
    }

    private static @org.jspecify.annotations.Nullable Entry entry(Random random, long offset) {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> new Oversized("some.topic", offset);
            default -> delivery(offset, "some.topic", random.nextInt(2000));
        };
    }

    private static Delivery delivery(long offset, String topic, int bytes) {
        Position position = new Position(MARKER, offset);
        return new Delivery(RULE, topic, new byte[bytes], null, null, Map.of(), position, 0, Delivery.UNTIMED, null);
    }
}
