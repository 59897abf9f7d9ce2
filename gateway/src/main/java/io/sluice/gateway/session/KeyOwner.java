package io.sluice.gateway.session;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The idempotence keys of one principal that are in flight or confirmed. Under the lock of {@link PublishKeys}. */
final class KeyOwner {

    /** Who holds the least of what may be forgotten comes first; no two are equal. */
    static final Comparator<KeyOwner> SMALLEST_FIRST =
            Comparator.<KeyOwner>comparingLong(owner -> owner.weight).thenComparingLong(owner -> owner.number);

    /** What one costs in the heap, with its place in the map and without its name. */
    private static final int BYTES = 320;

    private final String name;
    private final long number;
    private final Map<String, UsedKey> keys = new HashMap<>();
    /** The oldest confirm first. */
    private final LinkedHashSet<UsedKey> confirmed = new LinkedHashSet<>();

    /** Its own bytes, and those of what it may forget. */
    private long weight;

    /** @param number of this one alone */
    KeyOwner(String name, long number) {
        this.name = name;
        this.number = number;
        this.weight = bytes(name);
    }

    /** What an owner of this name will cost in the heap, at most. */
    static long bytes(String name) {
        return BYTES + (long) Character.BYTES * name.length();
    }

    String name() {
        return name;
    }

    int count() {
        return keys.size();
    }

    @Nullable
    UsedKey find(String key) {
        return keys.get(key);
    }

    /** The one that was confirmed first; null where all are in flight. */
    @Nullable
    UsedKey oldestConfirmed() {
        return confirmed.isEmpty() ? null : confirmed.iterator().next();
    }

    void add(UsedKey used) {
        keys.put(used.key(), used);
    }

    void confirm(UsedKey used, long nowNanos) {
        used.confirm(nowNanos);
        confirmed.add(used);
        weight += used.bytes();
    }

    void remove(UsedKey used) {
        keys.remove(used.key());
        if (confirmed.remove(used)) {
            weight -= used.bytes();
        }
    }
}
