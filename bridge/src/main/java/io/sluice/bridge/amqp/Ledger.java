package io.sluice.bridge.amqp;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
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

    synchronized boolean isEmpty() {
        return unsettled.isEmpty();
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

    /** The first and the last number of those that {@code wanted} holds for; null where it holds for none. */
    synchronized @Nullable Span span(Predicate<Pending> wanted) {
        long first = 0;
        long last = 0;
        for (Map.Entry<Long, Pending> entry : unsettled.entrySet()) {
            if (wanted.test(entry.getValue())) {
                first = first == 0 ? entry.getKey() : first;
                last = entry.getKey();
            }
        }
        return first == 0 ? null : new Span(first, last);
    }

    /** Numbers of a channel, from 1. */
    record Span(long first, long last) {}
}
