package io.sluice.bridge.amqp;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import java.util.Map;

/** What memory and batches of a history are counted in. */
final class StreamEntries {

    /** A batch ends with the message that reaches one of these. */
    static final int BATCH_MESSAGES = 256;

    static final long BATCH_BYTES = 64 << 10;

    private StreamEntries() {}

    /** The bytes of what a back end chose: body, topic and headers. */
    static long bytes(History.Entry entry) {
        long bytes = entry.topic().length();
        if (entry instanceof Delivery delivery) {
            bytes += delivery.body().length;
            for (Map.Entry<String, Object> header : delivery.headers().entrySet()) {
                bytes += header.getKey().length() + bytes(header.getValue());
            }
        }
        return bytes;
    }

    private static long bytes(Object value) {
        if (value instanceof String text) {
            return text.length();
        }
        return value instanceof byte[] raw ? raw.length : Long.BYTES;
    }
}
