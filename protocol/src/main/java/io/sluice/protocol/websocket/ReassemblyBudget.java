package io.sluice.protocol.websocket;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all unfinished messages of a node may hold together. A message that arrives whole in one read costs nothing; one that
 * does not is charged the buffer that grows with what has arrived, and {@link #FRAGMENT} bytes for each of its frames, so that a flood
 * of empty ones has a price too. Safe for all threads.
 */
public final class ReassemblyBudget {

    /** Charged for each frame of an unfinished message, beside its bytes. */
    public static final int FRAGMENT = 128;

    private final long bytes;
    private final AtomicLong used = new AtomicLong();

    /** @param bytes what all unfinished messages may hold together; one more is refused with {@link Violation#REASSEMBLY_BUDGET} */
    public ReassemblyBudget(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
        this.bytes = bytes;
    }

    /** Bytes charged at present. */
    public long used() {
        return used.get();
    }

    boolean reserve(long more) {
        if (used.addAndGet(more) <= bytes) {
            return true;
        }
        used.addAndGet(-more);
        return false;
    }

    void release(long less) {
        used.addAndGet(-less);
    }
}
