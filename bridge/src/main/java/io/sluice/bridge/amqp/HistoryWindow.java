package io.sluice.bridge.amqp;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Read.Batch;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest messages of a log, bounded by their number and their bytes: everything of the rule in [{@link #from}, {@link #end}). The tail
 * adds, any thread reads; a lock is held for a binary search and a copy of at most one batch, or of the references.
 */
final class HistoryWindow {

    private static final int FIRST_CAPACITY = 64;

    private final int maxMessages;
    private final long maxBytes;

    private @Nullable Entry[] ring = new Entry[FIRST_CAPACITY];
    private int head;
    private int size;
    private long bytes;
    private long from;
    private long end;
    private boolean whole;

    /**
     * @param from the offset at which reading begins
     * @param whole whether the log holds nothing before that
     */
    HistoryWindow(int maxMessages, long maxBytes, long from, boolean whole) {
        this.maxMessages = Math.max(1, maxMessages);
        this.maxBytes = maxBytes;
        this.from = from;
        this.end = from;
        this.whole = whole;
    }

    /** @param entry null where nothing of the rule stands at the offset */
    synchronized void add(long offset, @Nullable Entry entry) {
        end = offset + 1;
        if (entry == null) {
            return;
        }
        if (size == ring.length) {
            grow();
        }
        ring[slot(size)] = entry;
        size++;
        bytes += StreamEntries.bytes(entry);
        while (size > maxMessages || (bytes > maxBytes && size > 0)) {
            drop();
        }
    }

    synchronized long from() {
        return from;
    }

    synchronized long end() {
        return end;
    }

    /** What stands from {@code at} on, up to one batch; null where the window does not hold it. */
    synchronized @Nullable Batch read(long at) {
        if (at < from) {
            return null;
        }
        int first = firstAtOrBehind(at);
        int count = 0;
        for (long room = StreamEntries.BATCH_BYTES;
                first + count < size && count < StreamEntries.BATCH_MESSAGES && room > 0;
                count++) {
            room -= StreamEntries.bytes(at(first + count));
        }
        boolean all = first + count == size;
        List<Entry> entries = copy(first, count);
        return new Batch(entries, all ? Math.max(at, end) : at(first + count).offset());
    }

    /** The newest {@code count} entries or fewer, and whether they are all that the log holds. */
    synchronized Newest newest(int count) {
        int copied = Math.min(count, size);
        return new Newest(copy(size - copied, copied), from, whole && copied == size);
    }

    /**
     * @param from the window's first offset
     * @param whole nothing of the rule stands before {@code entries}
     */
    record Newest(List<Entry> entries, long from, boolean whole) {}

    /** Whether what stands at the offset of {@code message} is not known to be another one. */
    synchronized boolean agrees(StreamMessage message) {
        int index = firstAtOrBehind(message.offset());
        if (index == size || at(index).offset() != message.offset()) {
            return true;
        }
        Entry known = at(index);
        return known.topic().equals(message.routingKey())
                && (!(known instanceof Delivery delivery) || Arrays.equals(delivery.body(), message.body()));
    }

    private int firstAtOrBehind(long offset) {
        int low = 0;
        int high = size;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (at(middle).offset() < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private List<Entry> copy(int first, int count) {
        Entry[] copy = new Entry[count];
        for (int i = 0; i < count; i++) {
            copy[i] = at(first + i);
        }
        return Collections.unmodifiableList(Arrays.asList(copy));
    }

    private void drop() {
        Entry oldest = at(0);
        ring[head] = null;
        head = (head + 1) % ring.length;
        size--;
        bytes -= StreamEntries.bytes(oldest);
        from = oldest.offset() + 1;
        whole = false;
    }

    private void grow() {
        @Nullable Entry[] larger = new Entry[ring.length * 2];
        for (int i = 0; i < size; i++) {
            larger[i] = ring[slot(i)];
        }
        ring = larger;
        head = 0;
    }

    private int slot(int index) {
        return (head + index) % ring.length;
    }

    @SuppressWarnings("NullAway") // only what is filled is asked for
    private Entry at(int index) {
        return ring[slot(index)];
    }
}
