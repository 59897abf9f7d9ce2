package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** What all clients of one load have received. Their one event loop writes, any thread reads. */
final class Tally {

    /** Longer than any message waits. */
    private static final long LONGEST_NANOS = 600_000_000_000L;

    private final AtomicLong deliveries = new AtomicLong();
    private final AtomicInteger closed = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private long counted;

    /** Nanoseconds from {@link Stamp} to receipt; null while nobody asks. */
    volatile @Nullable Histogram latency;

    /** What every answer must contain; null where messages are no answers. */
    volatile byte @Nullable [] expected;

    private volatile String complaint = "";

    /** Frames with data that have arrived whole, since the clients were subscribed. */
    long deliveries() {
        return deliveries.get();
    }

    /** Clients that the server has closed. */
    int closed() {
        return closed.get();
    }

    /** Answers that were not what was expected. */
    long refused() {
        return refused.get();
    }

    /** The last thing that a server said that was not expected; empty as a rule. */
    String complaint() {
        return complaint;
    }

    /** @param sampled whether a client asks that looks for latency */
    boolean wantsPayload(boolean sampled) {
        return expected != null || (sampled && latency != null);
    }

    void delivered(@Nullable ByteBuf payload) {
        counted++;
        if (payload != null) {
            look(payload);
        }
    }

    /** Shows what has been counted to other threads: once for each read, not for each frame. */
    void show() {
        deliveries.lazySet(counted);
    }

    void left(String why) {
        closed.incrementAndGet();
        complaint = why;
    }

    private void look(ByteBuf payload) {
        byte[] wanted = expected;
        if (wanted != null && !Subscriber.contains(payload, wanted)) {
            refused.incrementAndGet();
            complaint = payload.toString(StandardCharsets.UTF_8);
        }
        Histogram into = latency;
        long sent = into == null ? -1 : Stamp.read(payload);
        if (into != null && sent >= 0) {
            into.recordValue(Math.min(LONGEST_NANOS, Math.max(0, System.nanoTime() - sent)));
        }
    }
}
