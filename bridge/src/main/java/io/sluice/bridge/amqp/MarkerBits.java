package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Marker;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a marker holds before its offset is known. It travels in a header of an empty message that goes to its stream through the default
 * exchange, so no binding and no exchange of the rule is needed for it.
 */
record MarkerBits(long high, long low) {

    static final String HEADER = "x-sluice-marker";

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int BYTES = 2 * Long.BYTES;
    private static final int PERSISTENT = 2;

    static MarkerBits random() {
        return new MarkerBits(RANDOM.nextLong(), RANDOM.nextLong());
    }

    /** The marker that {@code message} is; null for any other message. */
    static @Nullable Marker read(String stream, StreamMessage message) {
        Map<String, Object> headers = message.properties().getHeaders();
        boolean may = headers != null
                && message.envelope().getExchange().isEmpty()
                && message.routingKey().equals(stream);
        if (!may || !(headers.get(HEADER) instanceof byte[] bits) || bits.length != BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bits);
        return new Marker(stream.hashCode(), message.offset(), in.getLong(), in.getLong());
    }

    boolean of(@Nullable Marker marker) {
        return marker != null && marker.high() == high && marker.low() == low;
    }

    AMQP.BasicProperties properties() {
        byte[] bits = ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
        return new AMQP.BasicProperties.Builder()
                .appId("sluice")
                .deliveryMode(PERSISTENT)
                .headers(Map.of(HEADER, bits))
                .build();
    }
}
