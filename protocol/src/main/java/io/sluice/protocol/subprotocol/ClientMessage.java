package io.sluice.protocol.subprotocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message of a client. {@code id} is the client's name for it, in the subprotocol's own notation, to be given back in the answer
 * exactly as it came; null where the client gave none and wants no {@code ok}.
 */
public sealed interface ClientMessage {

    @Nullable
    String id();

    record Auth(@Nullable String id, String token) implements ClientMessage {

        /** Without the token: whoever logs a message logs no credential. */
        @Override
        public String toString() {
            return "Auth[id=" + id + "]";
        }
    }

    /**
     * Asks for the messages of one or more patterns, all or nothing.
     *
     * @param credit unacked messages at once on a work rule, 1 to 1,000; 1 where the client gave none
     */
    record Subscribe(@Nullable String id, List<String> topics, From from, int credit) implements ClientMessage {}

    record Unsubscribe(@Nullable String id, List<String> topics) implements ClientMessage {}

    /**
     * Asks for a message to be published and confirmed.
     *
     * @param key the idempotence key, null where there is none
     * @param headers values are String, Long, Double or Boolean
     * @param ttlMillis 0 to 315,360,000,000 (ten years: the most that RabbitMQ takes as expiration); -1 where there is none
     */
    record Publish(
            @Nullable String id,
            String topic,
            Payload payload,
            @Nullable String key,
            Map<String, Object> headers,
            long ttlMillis)
            implements ClientMessage {}

    /**
     * Asks for a message to be published and answered.
     *
     * @param id never null: the reply carries it
     * @param headers as for {@link Publish}
     * @param timeoutMillis 1 to 60,000; 10,000 where the client gave none
     */
    record Request(String id, String topic, Payload payload, Map<String, Object> headers, long timeoutMillis)
            implements ClientMessage {}

    /** @param tags at least one, each 1 to 2^53 - 1; as many as a message holds */
    record Ack(@Nullable String id, List<Long> tags) implements ClientMessage {}

    record Nack(@Nullable String id, List<Long> tags, boolean requeue) implements ClientMessage {}

    record Ping(@Nullable String id) implements ClientMessage {}

    /**
     * A message that is none: the session answers with an error.
     *
     * @param id null also where it could not be read, or is no valid one
     * @param topic the topic it named, at most 255 bytes; null where it named none
     * @param sentence what to do, never text of the client
     */
    record Refused(
            @Nullable String id,
            ErrorCode code,
            String sentence,
            @Nullable String topic) implements ClientMessage {}
}
