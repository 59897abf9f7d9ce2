package io.sluice.gateway.session;

import io.sluice.bridge.PublishOutcome;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Idempotence of publishes on this node: a second publish with the key of one that is in flight, or was confirmed in the last 120
 * seconds, is answered like the first and not published. Any thread.
 *
 * <p>Bounded: 10,000 keys of one principal, beyond which its own oldest confirmed one is forgotten before its time; and 32 MiB of the
 * node, some 75,000 keys, beyond which whoever holds the most forgets its oldest confirmed one. What is in flight is never forgotten:
 * where all of it is, there is no room for another.
 */
public final class PublishKeys {

    /** Publishes that wait for the outcome of one other with their key. */
    static final int MOST_WAITING = 64;

    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final int MOST_OF_OWNER = 10_000;
    private static final long MOST_BYTES = 32L << 20;

    /** Looked at with each claim, which adds one at most: so what is over its time becomes less. */
    private static final int SWEPT = 16;

    /** What a key turns out to be. */
    sealed interface Claim {

        /** Not seen: publish, and tell {@code settle} what became of it. */
        record First(Consumer<PublishOutcome> settle) implements Claim {}

        /** Seen, with the same topic and payload: the waiter is told how the first ended. */
        record Duplicate() implements Claim {}

        /** Seen, with another topic or payload. */
        record Conflict() implements Claim {}

        /** No room to remember it, or too many wait for it already: not to be published. */
        record NoRoom() implements Claim {}
    }

    private final LongSupplier clock;
    private final int mostOfOwner;
    private final long mostBytes;
    private final Map<String, KeyOwner> owners = new HashMap<>();
    /** The oldest confirm first. */
    private final LinkedHashSet<UsedKey> confirmed = new LinkedHashSet<>();
    /** Those that have something to forget. */
    private final TreeSet<KeyOwner> forgetful = new TreeSet<>(KeyOwner.SMALLEST_FIRST);

    private long bytes;
    private long ownersSeen;

    /** With nothing in it. */
    public PublishKeys() {
        this(System::nanoTime, MOST_OF_OWNER, MOST_BYTES);
    }

    /** @param clock nanoseconds */
    PublishKeys(LongSupplier clock, int mostOfOwner, long mostBytes) {
        this.clock = clock;
        this.mostOfOwner = mostOfOwner;
        this.mostBytes = mostBytes;
    }

    /**
     * @param owner the principal, or the session of an anonymous one
     * @param waiter called once with the outcome of the first, where this is a duplicate of it; perhaps at once, perhaps on another
     *     thread
     */
    Claim claim(String owner, String key, Publish publish, Consumer<PublishOutcome> waiter) {
        UsedKey.Content content = UsedKey.Content.of(publish);
        synchronized (this) {
            long now = clock.getAsLong();
            sweep(now);
            UsedKey used = find(owner, key, now);
            if (used == null) {
                return add(owner, key, content);
            }
            if (!used.isOf(content)) {
                return new Claim.Conflict();
            }
            if (!used.confirmed()) {
                return used.await(waiter) ? new Claim.Duplicate() : new Claim.NoRoom();
            }
        }
        waiter.accept(PublishOutcome.CONFIRMED);
        return new Claim.Duplicate();
    }

    /** What all this costs in the heap, at most. */
    synchronized long bytes() {
        return bytes;
    }

    private @Nullable UsedKey find(String owner, String key, long now) {
        KeyOwner holder = owners.get(owner);
        UsedKey used = holder == null ? null : holder.find(key);
        if (used != null && used.confirmedBefore(now - KEPT_NANOS)) {
            forget(used);
            return null;
        }
        return used;
    }

    private Claim add(String owner, String key, UsedKey.Content content) {
        if (!makeRoom(owner, UsedKey.bytes(key, content))) {
            return new Claim.NoRoom();
        }
        KeyOwner holder = owners.get(owner);
        if (holder == null) {
            holder = new KeyOwner(owner, ownersSeen++);
            owners.put(owner, holder);
            bytes += KeyOwner.bytes(owner);
        }
        UsedKey used = new UsedKey(holder, key, content);
        holder.add(used);
        bytes += used.bytes();
        return new Claim.First(outcome -> settle(used, outcome));
    }

    private boolean makeRoom(String owner, long size) {
        KeyOwner holder = owners.get(owner);
        if (holder != null && holder.count() >= mostOfOwner) {
            UsedKey oldest = holder.oldestConfirmed();
            if (oldest == null) {
                return false;
            }
            forget(oldest);
        }
        while (bytes + size + (owners.containsKey(owner) ? 0 : KeyOwner.bytes(owner)) > mostBytes) {
            UsedKey oldest = forgetful.isEmpty() ? null : forgetful.last().oldestConfirmed();
            if (oldest == null) {
                return false;
            }
            forget(oldest);
        }
        return true;
    }

    /** A confirmed publish is remembered; any other may be tried again. */
    private void settle(UsedKey used, PublishOutcome outcome) {
        List<Consumer<PublishOutcome>> waiting;
        synchronized (this) {
            if (outcome instanceof PublishOutcome.Confirmed) {
                confirm(used);
            } else {
                forget(used);
            }
            waiting = used.takeWaiting();
        }
        waiting.forEach(waiter -> waiter.accept(outcome));
    }

    private void confirm(UsedKey used) {
        KeyOwner owner = used.owner();
        forgetful.remove(owner);
        owner.confirm(used, clock.getAsLong());
        forgetful.add(owner);
        confirmed.add(used);
    }

    private void sweep(long now) {
        for (int i = 0; i < SWEPT && !confirmed.isEmpty(); i++) {
            UsedKey oldest = confirmed.iterator().next();
            if (!oldest.confirmedBefore(now - KEPT_NANOS)) {
                return;
            }
            forget(oldest);
        }
    }

    private void forget(UsedKey used) {
        KeyOwner owner = used.owner();
        // Its place in the order depends on what is about to change.
        forgetful.remove(owner);
        owner.remove(used);
        confirmed.remove(used);
        bytes -= used.bytes();
        if (owner.oldestConfirmed() != null) {
            forgetful.add(owner);
        }
        if (owner.count() == 0) {
            owners.remove(owner.name());
            bytes -= KeyOwner.bytes(owner.name());
        }
    }
}
