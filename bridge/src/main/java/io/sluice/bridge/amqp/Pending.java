package io.sluice.bridge.amqp;

import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A publication that was taken and whose outcome is owed, once. */
final class Pending {

    /** What else happens with its outcome, on the way to {@code settled}. */
    interface Settlement {
        void settled(Pending pending, Consumer<PublishOutcome> settled, PublishOutcome outcome);
    }

    private final Publication publication;
    private final @Nullable ReplyTo replyTo;
    private final Consumer<PublishOutcome> settled;
    private final Settlement settlement;
    private final long takenNanos = System.nanoTime();
    private final AtomicBoolean done = new AtomicBoolean();

    private long sequence;
    private volatile long sentNanos;
    private volatile boolean returned;

    /** @param replyTo null where no answer is awaited */
    Pending(
            Publication publication,
            @Nullable ReplyTo replyTo,
            Consumer<PublishOutcome> settled,
            Settlement settlement) {
        this.publication = publication;
        this.replyTo = replyTo;
        this.settled = settled;
        this.settlement = settlement;
    }

    Publication publication() {
        return publication;
    }

    @Nullable
    ReplyTo replyTo() {
        return replyTo;
    }

    int size() {
        return publication.body().length;
    }

    long takenNanos() {
        return takenNanos;
    }

    long sentNanos() {
        return sentNanos;
    }

    /** Its number on its channel, once it was sent. */
    long sequence() {
        return sequence;
    }

    void sentAs(long number) {
        sequence = number;
        sentNanos = System.nanoTime();
    }

    /** The broker has given it back as unroutable; the confirm that follows settles it. */
    void markReturned() {
        returned = true;
    }

    boolean returned() {
        return returned;
    }

    /** Settles what was sent and of which nothing more will be heard. */
    void giveUp() {
        settle(returned ? PublishOutcome.UNROUTABLE : PublishOutcome.UNKNOWN);
    }

    /** The first outcome counts, later ones are ignored. */
    void settle(PublishOutcome outcome) {
        if (done.compareAndSet(false, true)) {
            settlement.settled(this, settled, outcome);
        }
    }
}
