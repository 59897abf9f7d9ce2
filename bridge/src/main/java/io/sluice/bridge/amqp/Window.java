package io.sluice.bridge.amqp;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Room for so many publications and so many bytes. For any thread; nothing waits in it but {@link #awaitEmpty}. */
final class Window {

    private final int maxCount;
    private final long maxBytes;
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean awaited;

    Window(int maxCount, long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /** Whether there was room; it is taken then. */
    boolean reserve(int size) {
        boolean room = count.incrementAndGet() <= maxCount;
        room &= bytes.addAndGet(size) <= maxBytes;
        if (!room) {
            release(size);
        }
        return room;
    }

    void release(int size) {
        bytes.addAndGet(-size);
        if (count.decrementAndGet() == 0 && awaited) {
            synchronized (this) {
                notifyAll();
            }
        }
    }

    int count() {
        return count.get();
    }

    /** Waits until nothing is left in it, and at most so long. */
    synchronized void awaitEmpty(long nanos) {
        awaited = true;
        long deadline = System.nanoTime() + nanos;
        try {
            for (long left = nanos; count.get() > 0 && left > 0; left = deadline - System.nanoTime()) {
                wait(left / 1_000_000, (int) (left % 1_000_000));
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
