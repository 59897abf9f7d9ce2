package io.sluice.gateway.server;

import io.netty.channel.EventLoop;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Whether this node has more to do than it can: then new clients are sent elsewhere before they cost more than a handshake, and those
 * that are there keep what they have. Any thread.
 */
public final class Overload {

    /** Of the direct memory that the process may have; what is left is for those that are there. */
    private static final double MEMORY_SHARE = 0.9;

    private final Map<EventLoop, LoopLag> lags = new ConcurrentHashMap<>();
    private final LongSupplier usedMemory;
    private final long mostMemory;
    private volatile long mostLagNanos;

    /** @param eventLoopLag how late an event loop may be, twice in a row */
    public Overload(Duration eventLoopLag) {
        this(eventLoopLag, PlatformDependent::usedDirectMemory, PlatformDependent.maxDirectMemory());
    }

    Overload(Duration eventLoopLag, LongSupplier usedMemory, long maxMemory) {
        mostLagNanos = eventLoopLag.toNanos();
        this.usedMemory = usedMemory;
        mostMemory = (long) (maxMemory * MEMORY_SHARE);
    }

    /** From now on. */
    public void eventLoopLag(Duration other) {
        mostLagNanos = other.toNanos();
    }

    void measure(EventLoop eventLoop, LoopLag lag) {
        lags.put(eventLoop, lag);
    }

    /** Whether {@code eventLoop}, or the memory of the node, has no room for one more. */
    boolean on(EventLoop eventLoop) {
        LoopLag lag = lags.get(eventLoop);
        return (lag != null && lag.sustainedNanos() > mostLagNanos) || usedMemory.getAsLong() > mostMemory;
    }
}
