package io.sluice.gateway.session;

import io.sluice.bridge.PublishOutcome;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage.Failure;
import org.jspecify.annotations.Nullable;

/** What a client is told of a publication that was not confirmed. */
final class PublishFailure {

    private PublishFailure() {}

    /** @param outcome any but {@link PublishOutcome.Confirmed} */
    static Failure of(@Nullable String requestId, String topic, PublishOutcome outcome) {
        if (outcome instanceof PublishOutcome.Unroutable) {
            return failure(
                    requestId,
                    topic,
                    ErrorCode.UNROUTABLE,
                    "No queue is bound for this topic: nobody would receive it.");
        }
        if (outcome instanceof PublishOutcome.Rejected) {
            return failure(requestId, topic, ErrorCode.REJECTED, "The broker refused the message.");
        }
        if (outcome instanceof PublishOutcome.Busy) {
            return failure(
                    requestId, topic, ErrorCode.BUSY, "The gateway takes no publishes for now: try again shortly.");
        }
        if (outcome instanceof PublishOutcome.Unavailable unavailable && !unavailable.unknown()) {
            return failure(
                    requestId,
                    topic,
                    ErrorCode.UNAVAILABLE,
                    "The broker is not available: nothing was sent, try again later.");
        }
        return new Failure(
                requestId,
                ErrorCode.UNAVAILABLE,
                "The broker did not confirm: the message may or may not have been taken; retry with the same key.",
                topic,
                true);
    }

    private static Failure failure(@Nullable String requestId, String topic, ErrorCode code, String sentence) {
        return new Failure(requestId, code, sentence, topic, false);
    }
}
