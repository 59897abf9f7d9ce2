package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.Rule;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one slow session, oldest first: references to shared messages, never slices of a batch, and the marks of holes.
 * Removing any of them costs the same. Event loop only.
 */
final class Parked {

    /** What a mark is charged, so that marks are bounded like messages. */
    static final int MARK_BYTES = 256;

    /** One place in the list: a message, or the mark of a hole in one subscription. */
    static final class Entry {
        final Subscription subscription;
        final @Nullable SharedMessage message;
        final @Nullable GapReason gap;
        final long missed;
        final int bytes;
        private @Nullable Entry previous;
        private @Nullable Entry next;

        private Entry(
                Subscription subscription,
                @Nullable SharedMessage message,
                @Nullable GapReason gap,
                long missed,
                int bytes) {
            this.subscription = subscription;
            this.message = message;
            this.gap = gap;
            this.missed = missed;
            this.bytes = bytes;
        }
    }

    private final OutboundBudget budget;
    private @Nullable Entry first;
    private @Nullable Entry last;
    private long bytes;

    /** The newest message of each topic of conflated rules; made when the first is parked. */
    private @Nullable Map<String, Entry> newest;

    Parked(OutboundBudget budget) {
        this.budget = budget;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** Bytes of all frames that wait. */
    long bytes() {
        return bytes;
    }

    @Nullable
    Entry first() {
        return first;
    }

    boolean isLast(Entry entry) {
        return entry == last;
    }

    /** Appends a message of {@code frameBytes}. Takes a reference of its own. */
    void add(Subscription subscription, SharedMessage message, int frameBytes) {
        message.retain();
        append(new Entry(subscription, message, null, -1, frameBytes));
    }

    /** As {@link #add}, and the message of the same topic that waited goes; says whether one did. */
    boolean conflate(Subscription subscription, SharedMessage message, int frameBytes) {
        if (newest == null) {
            newest = new HashMap<>();
        }
        Entry replaced = newest.get(message.topic());
        if (replaced != null) {
            remove(replaced);
        }
        add(subscription, message, frameBytes);
        newest.put(message.topic(), last());
        return replaced != null;
    }

    void addGap(Subscription subscription, GapReason reason, long missed) {
        append(new Entry(subscription, null, reason, missed, MARK_BYTES));
    }

    /** Removes {@code entry} and gives up its reference. */
    void remove(Entry entry) {
        Entry previous = entry.previous;
        Entry next = entry.next;
        if (previous == null) {
            first = next;
        } else {
            previous.next = next;
        }
        if (next == null) {
            last = previous;
        } else {
            next.previous = previous;
        }
        bytes -= entry.bytes;
        budget.charge(-(entry.message == null ? entry.bytes : entry.message.released()));
        if (entry.message != null) {
            if (newest != null) {
                newest.remove(entry.message.topic(), entry);
            }
            entry.message.release();
        }
    }

    /** The oldest message of {@code rule}; null where none waits. */
    @Nullable
    Entry oldest(Rule rule) {
        Entry entry = first;
        while (entry != null && (entry.message == null || entry.subscription.rule.index() != rule.index())) {
            entry = entry.next;
        }
        return entry;
    }

    /** The message that has waited longest; null where none waits. */
    @Nullable
    Entry oldest() {
        Entry entry = first;
        while (entry != null && entry.message == null) {
            entry = entry.next;
        }
        return entry;
    }

    /** Removes those messages of {@code subscription} that {@code which} is true for, and the marks of its holes. */
    void removeAll(Subscription subscription, Predicate<SharedMessage> which) {
        Entry entry = first;
        while (entry != null) {
            Entry next = entry.next;
            if (entry.subscription == subscription && (entry.message == null || which.test(entry.message))) {
                remove(entry);
            }
            entry = next;
        }
    }

    void clear() {
        while (first != null) {
            remove(first);
        }
    }

    private void append(Entry entry) {
        Entry before = last;
        if (before == null) {
            first = entry;
        } else {
            before.next = entry;
            entry.previous = before;
        }
        last = entry;
        bytes += entry.bytes;
        budget.charge(entry.message == null ? entry.bytes : entry.message.parked(entry.bytes));
    }

    private Entry last() {
        Entry entry = last;
        if (entry == null) {
            throw new IllegalStateException("nothing is parked");
        }
        return entry;
    }
}
