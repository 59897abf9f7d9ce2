package io.sluice.bridge.amqp;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The readers that one rule may have beside its tail: {@code catchUpReaders} at most, each a thread and a consumer. Scans and short jobs
 * compete for them; short ones wait in a bounded queue and never have more than half, or every other turn of a single one, so that
 * asking for places cannot stop the scans. For any thread.
 */
final class Slots {

    static final int MOST_WAITING = 1_024;

    private final ExecutorService threads;
    private final Supplier<@Nullable Runnable> scans;
    private final int slots;
    private final int mostShort;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private int busy;
    private int busyShort;
    private boolean shortBefore;
    private volatile boolean anyFree = true;
    private volatile boolean awaited;

    /** @param scans gives the next scan that wants to run; null where none does */
    Slots(int slots, ExecutorService threads, Supplier<@Nullable Runnable> scans) {
        this.slots = Math.max(1, slots);
        this.mostShort = Math.max(1, slots / 2);
        this.threads = threads;
        this.scans = scans;
    }

    /** Runs a short job when its turn comes. Whether there was room for it. */
    boolean offer(Runnable job) {
        synchronized (this) {
            if (waiting.size() >= MOST_WAITING) {
                return false;
            }
            waiting.add(job);
        }
        dispatch();
        return true;
    }

    /** Gives away what is free. The lock of the scans is taken within; never call this with it. */
    synchronized void dispatch() {
        boolean given = true;
        while (given && busy < slots) {
            given = shortBefore ? startScan() || startShort() : startShort() || startScan();
        }
        anyFree = busy < slots;
        awaited = !waiting.isEmpty();
    }

    /** Whether a slot is free. Takes no lock. */
    boolean anyFree() {
        return anyFree;
    }

    /** Whether a short job waits for a slot. Takes no lock. */
    boolean awaited() {
        return awaited;
    }

    private boolean startShort() {
        Runnable job = busyShort < mostShort ? waiting.poll() : null;
        return job != null && start(job, true);
    }

    private boolean startScan() {
        Runnable scan = scans.get();
        return scan != null && start(scan, false);
    }

    private boolean start(Runnable job, boolean isShort) {
        busy++;
        busyShort += isShort ? 1 : 0;
        shortBefore = isShort;
        threads.execute(() -> {
            try {
                job.run();
            } finally {
                ended(isShort);
            }
        });
        return true;
    }

    private void ended(boolean isShort) {
        synchronized (this) {
            busy--;
            busyShort -= isShort ? 1 : 0;
        }
        dispatch();
    }
}
