package io.sluice.bridge;

/** What became of a publication. */
public sealed interface PublishOutcome {

    /** The broker has taken it. */
    record Confirmed() implements PublishOutcome {}

    /** No queue was bound for its routing key; it is nowhere. */
    record Unroutable() implements PublishOutcome {}

    /** The broker refused it (basic.nack). */
    record Rejected() implements PublishOutcome {}

    /** The window of unconfirmed publications is full, or the broker accepts none for now; nothing was sent. */
    record Busy() implements PublishOutcome {}

    /** No broker. {@code unknown}: it was sent and never confirmed, so it may or may not have been taken; else nothing was sent. */
    record Unavailable(boolean unknown) implements PublishOutcome {}

    PublishOutcome CONFIRMED = new Confirmed();
    PublishOutcome UNROUTABLE = new Unroutable();
    PublishOutcome REJECTED = new Rejected();
    PublishOutcome BUSY = new Busy();
    PublishOutcome NOT_SENT = new Unavailable(false);
    PublishOutcome UNKNOWN = new Unavailable(true);
}
