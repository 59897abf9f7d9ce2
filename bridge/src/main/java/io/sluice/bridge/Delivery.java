package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One message from AMQP.
 *
 * @param rule the rule whose feed brought it
 * @param topic the routing key; for a work rule its literal topic
 * @param body shared by all who read it, not to be written to
 * @param headers the AMQP headers that the rule lets through, as String, Number, Boolean or byte[]
 * @param position where it stands in the rule's history; null where there is none
 * @param receivedNanos {@link System#nanoTime()} when the message arrived
 * @param publishedMillis when it was published, by its own word, in milliseconds since 1970; {@link #UNTIMED} where it does not say
 * @param traceparent the trace that the publisher said it belongs to, as it came; null where it said none or nobody asks
 */
public record Delivery(
        Rule rule,
        String topic,
        byte[] body,
        @Nullable String contentType,
        @Nullable String contentEncoding,
        Map<String, Object> headers,
        @Nullable Position position,
        long receivedNanos,
        long publishedMillis,
        @Nullable String traceparent)
        implements History.Entry {

    public static final long NO_OFFSET = -1;

    /** Said by none that is passed on as it is published. */
    public static final long UNTIMED = 0;

    /** The stream offset, {@link #NO_OFFSET} where there is no stream. */
    @Override
    public long offset() {
        return position == null ? NO_OFFSET : position.offset();
    }
}
