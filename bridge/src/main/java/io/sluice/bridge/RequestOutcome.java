package io.sluice.bridge;

import org.jspecify.annotations.Nullable;

/** What became of a request. */
public sealed interface RequestOutcome {

    /** The back end's answer. The body is the receiver's. */
    record Replied(
            byte[] body,
            @Nullable String contentType,
            @Nullable String contentEncoding) implements RequestOutcome {}

    /**
     * There will be no answer: the request was not published, or ({@link PublishOutcome#UNKNOWN}) nobody knows. The latter also where it
     * was published and the node's reply queue was lost, so that the answer cannot arrive. Never {@link PublishOutcome.Confirmed}.
     */
    record NotPublished(PublishOutcome outcome) implements RequestOutcome {}

    /** There was no answer in time, and it was not refused before; an answer that comes later is counted and dropped. */
    record TimedOut() implements RequestOutcome {}

    /** The back end answered, with a body larger than may be delivered. */
    record TooLarge() implements RequestOutcome {}
}
