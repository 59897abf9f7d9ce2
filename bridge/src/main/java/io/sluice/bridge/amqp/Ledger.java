package io.sluice.bridge.amqp;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What was sent on one channel and is not settled, by the channel's sequence number. The lane adds, the client's reader takes out, the
 * clock gives up. It holds what the node's window lets through and no more.
 */
final class Ledger {

    /** In the order of their numbers, which is that in which they are added. */
    private final Map<Long, Pending> unsettled = new LinkedHashMap<>();

    /** @param pending its number is known, and larger than any before */
    synchronized void add(Pending pending) {
        unsettled.put(pending.sequence(), pending);
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
        return takeOldest(oldest -> oldest.sequence() <= sequence);
    }

    /** The oldest, if it was sent before that moment; null where there is none such. */
    synchronized @Nullable Pending takeSentBefore(long nanos) {
        return takeOldest(oldest -> oldest.sentNanos() - nanos < 0);
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

    private @Nullable Pending takeOldest(Predicate<Pending> due) {
        Iterator<Pending> all = unsettled.values().iterator();
        if (!all.hasNext()) {
            return null;
        }
        Pending oldest = all.next();
        if (!due.test(oldest)) {
            return null;
        }
        all.remove();
        return oldest;
    }

    /** Numbers of a channel, from 1. */
    record Span(long first, long last) {}
}
