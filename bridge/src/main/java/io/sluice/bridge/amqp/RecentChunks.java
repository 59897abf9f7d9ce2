package io.sluice.bridge.amqp;

import io.sluice.bridge.History.Read.Batch;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What a scan has read last, for readers at different places of it: consecutive batches, bounded by messages and bytes. It remembers where
 * readers are about to go on, so that none falls off its end that asks again within a second. Guarded by the scans' lock.
 */
final class RecentChunks {

    static final int MOST_MESSAGES = 2_048;
    static final long MOST_BYTES = 4 << 20;
    /**
     * Whoever reads on asks within milliseconds, and whoever does not says so, as far as it can; who does neither is slow, and is not to
     * hold up the rest.
     */
    static final long ACTIVE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private record Chunk(Batch batch, long bytes) {}

    private record Expected(int readers, long nanos) {}

    private final TreeMap<Long, Chunk> byStart = new TreeMap<>();
    private final TreeMap<Long, Expected> expected = new TreeMap<>();
    private long end;
    private long bytes;
    private int messages;

    RecentChunks(long start) {
        this.end = start;
    }

    long end() {
        return end;
    }

    void add(Batch batch, long size) {
        byStart.put(end, new Chunk(batch, size));
        end = batch.end();
        bytes += size;
        messages += batch.entries().size();
        while (full() && byStart.size() > 1) {
            Chunk oldest = byStart.pollFirstEntry().getValue();
            bytes -= oldest.bytes();
            messages -= oldest.batch().entries().size();
        }
    }

    /** The batch that holds {@code from}, and behind which its reader is expected again; null where it is not here. */
    @Nullable
    Batch read(long from, long nowNanos) {
        Map.Entry<Long, Chunk> chunk = from >= end ? null : byStart.floorEntry(from);
        if (chunk == null) {
            return null;
        }
        arrived(from);
        Batch batch = chunk.getValue().batch();
        expected.merge(
                batch.end(), new Expected(1, nowNanos), (before, one) -> new Expected(before.readers() + 1, nowNanos));
        return batch;
    }

    /** A reader that was expected there asks again, here or for what comes next, or has said that it will not. */
    void arrived(long from) {
        expected.computeIfPresent(
                from, (at, one) -> one.readers() == 1 ? null : new Expected(one.readers() - 1, one.nanos()));
    }

    /** Whether one batch more would drop what an active reader is about to ask for. */
    boolean awaited(long nowNanos) {
        Map.Entry<Long, Expected> slowest = expected.firstEntry();
        while (slowest != null && nowNanos - slowest.getValue().nanos() >= ACTIVE_NANOS) {
            expected.pollFirstEntry();
            slowest = expected.firstEntry();
        }
        boolean room = messages + StreamEntries.BATCH_MESSAGES <= MOST_MESSAGES
                && bytes + StreamEntries.BATCH_BYTES <= MOST_BYTES;
        return !room
                && slowest != null
                && slowest.getKey() < byStart.firstEntry().getValue().batch().end();
    }

    /** Whether some reader is expected to go on within these batches. */
    boolean active(long nowNanos) {
        return expected.values().stream().anyMatch(one -> nowNanos - one.nanos() < ACTIVE_NANOS);
    }

    private boolean full() {
        return messages > MOST_MESSAGES || bytes > MOST_BYTES;
    }
}
