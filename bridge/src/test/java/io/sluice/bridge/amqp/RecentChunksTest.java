package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Oversized;
import io.sluice.bridge.History.Read.Batch;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentChunksTest {

    private static final long NOW = 1_000_000;

    @Test
    void whoAsksWithinABatchGetsTheWholeOfIt() {
        RecentChunks recent = chunks(100, 3);
        Batch first = batch(100, 356);
        assertThat(recent.read(100, NOW)).isEqualTo(first);
        assertThat(recent.read(355, NOW)).isEqualTo(first);
        assertThat(recent.read(356, NOW)).isEqualTo(batch(356, 612));
        assertThat(recent.read(99, NOW)).isNull();
        assertThat(recent.read(868, NOW)).isNull();
        assertThat(recent.end()).isEqualTo(868);
    }

    @Test
    void theOldestGoWhenThereAreTooMany() {
        RecentChunks recent = chunks(0, 20);
        assertThat(recent.read(0, NOW)).isNull();
        assertThat(recent.read(20 * 256 - RecentChunks.MOST_MESSAGES, NOW)).isNotNull();
        assertThat(recent.read(20 * 256 - RecentChunks.MOST_MESSAGES - 1, NOW)).isNull();
        RecentChunks large = new RecentChunks(0);
        for (int i = 0; i < 10; i++) {
            large.add(batch(i, i + 1), 1 << 20);
        }
        assertThat(large.read(5, NOW)).isNull();
        assertThat(large.read(6, NOW)).isNotNull();
    }

    @Test
    void aReaderIsWaitedForUntilItHasAskedAgainOrASecondHasPassed() {
        RecentChunks recent = chunks(0, 8);
        assertThat(recent.awaited(NOW)).as("nobody reads").isFalse();
        recent.read(256, NOW);
        assertThat(recent.awaited(NOW)).as("it goes on at the third batch").isFalse();
        recent.read(0, NOW);
        recent.read(10, NOW);
        assertThat(recent.awaited(NOW))
                .as("they go on at the second batch, the next to be dropped is the first")
                .isFalse();
        recent.add(batch(2048, 2304), 256);
        assertThat(recent.awaited(NOW)).as("the next to be dropped is theirs").isTrue();
        recent.read(256, NOW);
        assertThat(recent.awaited(NOW)).as("one of two has asked").isTrue();
        recent.read(256, NOW);
        assertThat(recent.awaited(NOW)).as("both have asked").isFalse();
        RecentChunks slow = chunks(0, 8);
        slow.read(0, NOW);
        slow.add(batch(2048, 2304), 256);
        assertThat(slow.awaited(NOW + RecentChunks.ACTIVE_NANOS - 1)).isTrue();
        assertThat(slow.active(NOW + RecentChunks.ACTIVE_NANOS - 1)).isTrue();
        assertThat(slow.awaited(NOW + RecentChunks.ACTIVE_NANOS)).isFalse();
        assertThat(slow.active(NOW + RecentChunks.ACTIVE_NANOS)).isFalse();
    }

    private static RecentChunks chunks(long start, int count) {
        RecentChunks recent = new RecentChunks(start);
        for (int i = 0; i < count; i++) {
            recent.add(batch(start + i * 256L, start + (i + 1) * 256L), 256);
        }
        return recent;
    }

    private static Batch batch(long from, long end) {
        List<Entry> entries = LongStream.range(from, end)
                .<Entry>mapToObj(offset -> new Oversized("t", offset))
                .toList();
        return new Batch(entries, end);
    }
}
