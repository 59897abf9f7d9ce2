package io.sluice.gateway.session;

import io.sluice.bridge.PublishOutcome;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.Payload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/** An idempotence key that is in flight or confirmed, and what was published with it. Under the lock of {@link PublishKeys}. */
final class UsedKey {

    /** What one costs in the heap, with its places in maps and sets and without its characters. */
    private static final int BYTES = 288;

    /** What was published, as far as it takes to know it again. */
    record Content(String topic, String contentType, int payloadBytes, long payloadHash) {

        static Content of(Publish publish) {
            Payload payload = publish.payload();
            return new Content(publish.topic(), payload.contentType(), payload.bytes().length, hash(payload.bytes()));
        }

        /** Two different hashes in one: a payload that is taken for another would be lost. */
        private static long hash(byte[] payload) {
            CRC32C crc = new CRC32C();
            crc.update(payload);
            return (crc.getValue() << 32) | Integer.toUnsignedLong(Arrays.hashCode(payload));
        }
    }

    private final KeyOwner owner;
    private final String key;
    private final Content content;
    private List<Consumer<PublishOutcome>> waiting = new ArrayList<>(0);
    private boolean confirmed;
    private long confirmedNanos;

    UsedKey(KeyOwner owner, String key, Content content) {
        this.owner = owner;
        this.key = key;
        this.content = content;
    }

    /** What such a key will cost in the heap, at most. */
    static long bytes(String key, Content content) {
        return BYTES
                + (long) Character.BYTES
                        * (key.length()
                                + content.topic().length()
                                + content.contentType().length());
    }

    KeyOwner owner() {
        return owner;
    }

    String key() {
        return key;
    }

    long bytes() {
        return bytes(key, content);
    }

    boolean isOf(Content other) {
        return content.equals(other);
    }

    /** Else it is in flight. */
    boolean confirmed() {
        return confirmed;
    }

    /** Whether its time is over. */
    boolean confirmedBefore(long nanos) {
        return confirmed && confirmedNanos - nanos <= 0;
    }

    void confirm(long nowNanos) {
        confirmed = true;
        confirmedNanos = nowNanos;
    }

    /** Whether {@code waiter} will be told; false where too many wait. */
    boolean await(Consumer<PublishOutcome> waiter) {
        return waiting.size() < PublishKeys.MOST_WAITING && waiting.add(waiter);
    }

    /** Those that wait, and no longer do. */
    List<Consumer<PublishOutcome>> takeWaiting() {
        List<Consumer<PublishOutcome>> taken = waiting;
        waiting = List.of();
        return taken;
    }
}
