package io.sluice.gateway.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.bridge.PublishOutcome;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Idempotence of publishes on this node: a second publish with the key of one that is in flight or was confirmed in the last 120
 * seconds is answered like the first and not published. Bounded: beyond 100,000 keys some are forgotten before their time. Any thread.
 */
public final class PublishKeys {

    private static final Duration KEPT = Duration.ofMinutes(2);
    private static final int MOST = 100_000;

    /** What a key turns out to be. */
    sealed interface Claim {

        /** Not seen: publish, and tell {@code settle} what became of it. */
        record First(Consumer<PublishOutcome> settle) implements Claim {}

        /** Seen, with the same topic and payload: the waiter is told how the first ended. */
        record Duplicate() implements Claim {}

        /** Seen, with another topic or payload. */
        record Conflict() implements Claim {}
    }

    private record Key(String owner, String key) {}

    private static final class Entry {
        private final String topic;
        private final String contentType;
        private final long payloadHash;
        private final int payloadBytes;
        private final List<Consumer<PublishOutcome>> waiting = new ArrayList<>(0);
        private @Nullable PublishOutcome outcome;

        private Entry(Publish publish) {
            topic = publish.topic();
            contentType = publish.payload().contentType();
            payloadHash = hash(publish.payload().bytes());
            payloadBytes = publish.payload().bytes().length;
        }

        private boolean isOf(Publish publish) {
            return topic.equals(publish.topic())
                    && contentType.equals(publish.payload().contentType())
                    && payloadBytes == publish.payload().bytes().length
                    && payloadHash == hash(publish.payload().bytes());
        }
    }

    /** Two different hashes in one: a payload that is taken for another would be lost. */
    private static long hash(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (crc.getValue() << 32) | Integer.toUnsignedLong(Arrays.hashCode(payload));
    }

    private final Cache<Key, Entry> entries =
            Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(KEPT).build();

    /**
     * @param owner the principal, or the session of an anonymous one
     * @param waiter called once with the outcome of the first, where this is a duplicate of it; perhaps at once, perhaps on another
     *     thread
     */
    Claim claim(String owner, String key, Publish publish, Consumer<PublishOutcome> waiter) {
        Key name = new Key(owner, key);
        Entry fresh = new Entry(publish);
        Entry entry = entries.asMap().putIfAbsent(name, fresh);
        if (entry == null) {
            return new Claim.First(outcome -> settle(name, fresh, outcome));
        }
        if (!entry.isOf(publish)) {
            return new Claim.Conflict();
        }
        PublishOutcome outcome;
        synchronized (entry) {
            outcome = entry.outcome;
            if (outcome == null) {
                entry.waiting.add(waiter);
            }
        }
        if (outcome != null) {
            waiter.accept(outcome);
        }
        return new Claim.Duplicate();
    }

    /** A confirmed publish is remembered; any other may be tried again. */
    private void settle(Key name, Entry entry, PublishOutcome outcome) {
        if (!(outcome instanceof PublishOutcome.Confirmed)) {
            entries.asMap().remove(name, entry);
        }
        List<Consumer<PublishOutcome>> waiting;
        synchronized (entry) {
            entry.outcome = outcome;
            waiting = List.copyOf(entry.waiting);
            entry.waiting.clear();
        }
        waiting.forEach(waiter -> waiter.accept(outcome));
    }
}
