package io.sluice.gateway.fanout;

import io.sluice.bridge.History.Place;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one rule on one shard. One feed thread puts, one event loop takes; neither ever waits for the other longer than it
 * takes to append an element or to swap two queues. Bounded by count and by bytes: when it is full the rule's oldest message goes, and
 * who takes is told that there is a hole. What is lost of a rule with a history stands there still.
 */
final class Inbox {

    /**
     * What was taken: the events in order, and what was lost before the first of them.
     *
     * @param lostUpTo the place of the newest that was lost; null where nothing was, or the rule has no history
     */
    record Taken(
            ArrayDeque<FeedEvent> events,
            long lost,
            @Nullable GapMark lostMark,
            @Nullable Place lostUpTo) {}

    private final int maxMessages;
    private final long maxBytes;

    private ArrayDeque<FeedEvent> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private long lost;
    private @Nullable GapMark lostMark;
    private @Nullable FeedEvent newestLost;

    Inbox(int maxMessages, long maxBytes) {
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
    }

    /** Appends {@code event}, taking its reference. Gives the number of messages that had to go for it, 0 as a rule. */
    synchronized int put(FeedEvent event) {
        waiting.add(event);
        if (event instanceof SharedMessage message) {
            waitingBytes += message.bodyBytes();
        }
        int dropped = 0;
        while (waiting.size() > 1 && (waiting.size() > maxMessages || waitingBytes > maxBytes)) {
            dropped += dropOldest();
        }
        lost += dropped;
        return dropped;
    }

    /** Takes all that waits and leaves {@code empty} in its place. The references become the caller's. */
    synchronized Taken take(ArrayDeque<FeedEvent> empty) {
        Taken taken = new Taken(waiting, lost, lostMark, place(newestLost));
        waiting = empty;
        waitingBytes = 0;
        lost = 0;
        lostMark = null;
        newestLost = null;
        return taken;
    }

    synchronized boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Whether something waits, and no more than {@code most}. */
    synchronized boolean holdsUpTo(int most) {
        return !waiting.isEmpty() && waiting.size() <= most;
    }

    private int dropOldest() {
        FeedEvent oldest = waiting.remove();
        if (oldest instanceof SharedMessage message) {
            waitingBytes -= message.bodyBytes();
            newestLost = message;
            message.release();
            return 1;
        }
        GapMark mark = (GapMark) oldest;
        if (mark.reason() == GapReason.TOO_LARGE && mark.place() != null) {
            newestLost = mark;
            return 1;
        }
        lostMark = mark;
        return 0;
    }

    /** Where a message stands is known when its frames are long released. */
    private static @Nullable Place place(@Nullable FeedEvent event) {
        if (event instanceof SharedMessage message) {
            return message.position() == null ? null : new Place(message.log(), message.position());
        }
        return event instanceof GapMark mark ? mark.place() : null;
    }
}
