package io.sluice.protocol.subprotocol;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One message to a client. {@code id} is the client's, given back exactly as it came. */
public sealed interface ServerMessage {

    /**
     * The first message of every session.
     *
     * @param user the subject, null for an anonymous session
     * @param expires when the token ends, null where there is none
     */
    record Welcome(
            String session,
            @Nullable String user,
            @Nullable Instant expires,
            long messageBytes,
            int subscriptions,
            int publishesPerSecond)
            implements ServerMessage {}

    /**
     * What was asked has been done.
     *
     * @param subscriptions for a subscribe, one for each topic asked in that order; empty for everything else
     * @param expires for an auth
     * @param duplicate for a publish whose key was seen before
     */
    record Ok(
            String id,
            List<Subscribed> subscriptions,
            @Nullable Instant expires,
            boolean duplicate) implements ServerMessage {
        public static Ok of(String id) {
            return new Ok(id, List.of(), null, false);
        }
    }

    /** One subscription of an {@link Ok}; what is null is left out. */
    record Subscribed(
            String topic,
            @Nullable String position,
            @Nullable Boolean recovered,
            @Nullable Boolean truncated) {}

    /**
     * What was asked has not been done.
     *
     * @param outcomeUnknown the broker may have taken the message all the same
     */
    record Failure(
            @Nullable String id,
            ErrorCode code,
            String sentence,
            @Nullable String topic,
            boolean outcomeUnknown) implements ServerMessage {}

    /**
     * A back end's message.
     *
     * @param tag for work rules, -1 for others; {@code redelivered} is told only with a tag
     * @param headers those that the rule lets through; values are String, Number, Boolean or byte[]; what has no JSON form is told as null
     */
    record Message(
            String topic,
            Body body,
            @Nullable String position,
            long tag,
            boolean redelivered,
            Map<String, Object> headers)
            implements ServerMessage {}

    /** Everything up to {@code position} has been sent on the subscription to {@code topic}. */
    record Position(String topic, String position) implements ServerMessage {}

    record Reply(String id, Body body) implements ServerMessage {}

    /**
     * Continuity is restored after a hole.
     *
     * @param missed messages lost, -1 where it is not known
     */
    record Gap(String topic, GapReason reason, long missed) implements ServerMessage {}

    record Unsubscribed(String topic, ErrorCode code) implements ServerMessage {}

    record Blocked() implements ServerMessage {}

    record Unblocked() implements ServerMessage {}

    record Goaway(long reconnectMillis, GoawayReason reason) implements ServerMessage {}

    record Pong(@Nullable String id) implements ServerMessage {}
}
