package io.sluice.bridge;

import org.jspecify.annotations.Nullable;

/** What became of a request. */
public sealed interface RequestOutcome {

    /** The back end's answer. The body is the receiver's. */
    record Replied(
            byte[] body,
            @Nullable String contentType,
            @Nullable String contentEncoding) implements RequestOutcome {}

    /** It was not published, or nobody knows: any outcome but {@link PublishOutcome.Confirmed}. */
    record NotPublished(PublishOutcome outcome) implements RequestOutcome {}

    /** No answer in time; one that comes later is dropped. */
    record TimedOut() implements RequestOutcome {}
}
