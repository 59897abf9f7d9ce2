package io.sluice.gateway.session;

import io.sluice.gateway.fanout.Outbox;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What work subscriptions bring to a session that is not writable, in order. Its bytes count as the outbox's. No overflow policy drops
 * a work message: one for which there is no room is declined, which keeps its tag and not its body, and it goes back to its queue when the
 * session reads again. At once it would only come back at once, to the same session. Event loop only.
 */
final class Backlog {

    static final long NO_TAG = -1;

    /** What an entry is charged beside its body, so that entries are bounded too. */
    private static final int ENTRY_BYTES = 256;

    /**
     * Something to be written.
     *
     * @param tag {@link #NO_TAG} for what is no message
     * @param receivedNanos when the message came from AMQP
     * @param written run when it is; null for nothing
     */
    record Entry(
            WorkSubscription subscription,
            long tag,
            ServerMessage message,
            int bodyBytes,
            long receivedNanos,
            @Nullable Runnable written) {}

    private record Declined(WorkSubscription subscription, long tag) {}

    private final Outbox outbox;
    private final Consumer<Entry> write;
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>(0);
    private final ArrayDeque<Declined> declined = new ArrayDeque<>(0);

    Backlog(Outbox outbox, Consumer<Entry> write) {
        this.outbox = outbox;
        this.write = write;
    }

    /** Writes {@code entry}, or keeps it; false where there is no room. A notice always has room: it has no body. */
    boolean offer(Entry entry) {
        if (waiting.isEmpty() && declined.isEmpty() && outbox.writable()) {
            write.accept(entry);
            return true;
        }
        int bytes = bytes(entry);
        if (entry.tag() != NO_TAG && (!declined.isEmpty() || bytes > outbox.room())) {
            return false;
        }
        waiting.add(entry);
        outbox.setAside(bytes);
        return true;
    }

    /** Keeps the tag alone. Bounded by the subscription's credit. */
    void decline(WorkSubscription subscription, long tag) {
        declined.add(new Declined(subscription, tag));
    }

    void drain() {
        while (!waiting.isEmpty() && outbox.writable()) {
            Entry next = waiting.remove();
            outbox.setAside(-bytes(next));
            write.accept(next);
        }
        while (waiting.isEmpty() && !declined.isEmpty()) {
            Declined next = declined.remove();
            next.subscription().queue().nack(next.tag(), true);
        }
    }

    void remove(WorkSubscription subscription, long tag) {
        removeIf(entry -> entry.subscription() == subscription && entry.tag() == tag);
        declined.removeIf(one -> one.subscription() == subscription && one.tag() == tag);
    }

    void removeAll(WorkSubscription subscription) {
        removeIf(entry -> entry.subscription() == subscription);
        declined.removeIf(one -> one.subscription() == subscription);
    }

    private void removeIf(Predicate<Entry> gone) {
        waiting.removeIf(entry -> {
            boolean remove = gone.test(entry);
            if (remove) {
                outbox.setAside(-bytes(entry));
            }
            return remove;
        });
    }

    private static int bytes(Entry entry) {
        return entry.bodyBytes() + ENTRY_BYTES;
    }
}
