package io.sluice.gateway.fanout;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What may wait for all slow sessions of a node together, in bytes; a message counts once, however many wait for it. When more waits,
 * the session for which most does is treated by the overflow policy of its rules first, on its own event loop, then the next, until it
 * is within the budget again. What one turn of each loop hands out may wait beyond it. Any thread.
 */
public final class OutboundBudget {

    private volatile long limit;
    private final AtomicLong held = new AtomicLong();
    private volatile List<Shard> shards = List.of();

    /** @param limit bytes */
    public OutboundBudget(long limit) {
        this.limit = limit;
    }

    /** From now on; if more waits than that, sessions are treated by their policies until it no longer does. */
    public void limit(long bytes) {
        limit = bytes;
        if (exceeded()) {
            shed();
        }
    }

    /** Whose sessions it is for. Before the first of them. */
    public void shards(List<Shard> all) {
        shards = List.copyOf(all);
    }

    /** Bytes that wait now. */
    public long held() {
        return held.get();
    }

    boolean exceeded() {
        return held.get() > limit;
    }

    /** So much more waits, or so much less. */
    void charge(long bytes) {
        if (bytes != 0 && held.addAndGet(bytes) > limit && bytes > 0) {
            shed();
        }
    }

    /** Whether a session of another shard than {@code shard} is known to have more than {@code bytes} waiting. */
    boolean worseElsewhere(Shard shard, long bytes) {
        return shards.stream().anyMatch(other -> other != shard && other.slow().worst() > bytes);
    }

    /** Has the shard shed that has the session with the most. */
    void shed() {
        Shard worst = null;
        for (Shard shard : shards) {
            if (worst == null || shard.slow().worst() > worst.slow().worst()) {
                worst = shard;
            }
        }
        if (worst != null && worst.slow().worst() > 0) {
            worst.shedSoon();
        }
    }
}
