package io.sluice.bridge.amqp;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What was sent on one channel and is not settled, by the channel's sequence number. The lane adds, the client's reader takes out, the
 * clock gives up. It holds what the node's window lets through and no more.
 */
final class Ledger {

    private final TreeMap<Long, Pending> unsettled = new TreeMap<>();

    synchronized void add(long sequence, Pending pending) {
        unsettled.put(sequence, pending);
    }

    synchronized @Nullable Pending find(long sequence) {
        return unsettled.get(sequence);
    }

    synchronized @Nullable Pending take(long sequence) {
        return unsettled.remove(sequence);
    }

    /** The oldest, if its number is at most {@code sequence}; null where there is none such. */
    synchronized @Nullable Pending takeThrough(long sequence) {
        Map.Entry<Long, Pending> oldest = unsettled.firstEntry();
        if (oldest == null || oldest.getKey() > sequence) {
            return null;
        }
        unsettled.remove(oldest.getKey());
        return oldest.getValue();
    }

    /** The oldest, if it was sent before that moment; null where there is none such. */
    synchronized @Nullable Pending takeSentBefore(long nanos) {
        Map.Entry<Long, Pending> oldest = unsettled.firstEntry();
        if (oldest == null || oldest.getValue().sentNanos() - nanos >= 0) {
            return null;
        }
        unsettled.remove(oldest.getKey());
        return oldest.getValue();
    }
}
