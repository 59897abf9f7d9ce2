package io.sluice.protocol.websocket;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that all unfinished messages of a node may hold together. A message that arrives whole in one read costs nothing; one that
 * does not is charged the buffer that grows with what has arrived, and {@link #FRAGMENT} bytes for each of its frames, so that a flood
 * of empty ones has a price too. When more is charged, the connection that holds the most is shed with
 * {@link Violation#REASSEMBLY_BUDGET}, on its own event loop, then the next, until the rest is within the budget again; who is smaller
 * goes on meanwhile, up to a quarter beyond the budget. "The most" is true to a factor of two, and of those who hold alike the one that
 * has done so longest is shed first. Safe for all threads.
 */
public final class ReassemblyBudget {

    /** Charged for each frame of an unfinished message, beside its bytes. */
    public static final int FRAGMENT = 128;

    private static final int OVERDRAFT_SHARE = 4;

    private final long bytes;
    private final long overdraft;
    private final AtomicLong held = new AtomicLong();

    /** Guarded by itself. */
    private final Holdings holdings = new Holdings();

    /** @param bytes what all unfinished messages may hold together */
    public ReassemblyBudget(long bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes + " (expected: >= 0)");
        }
        this.bytes = bytes;
        overdraft = bytes / OVERDRAFT_SHARE;
    }

    /** Bytes charged at present. */
    public long held() {
        return held.get();
    }

    /** Bytes that are never exceeded: the budget and a quarter, within which those are shed that hold the most. */
    public long most() {
        return bytes + overdraft;
    }

    /** Charges {@code holding} so many bytes more; false if they can not be, and then nothing was done. On the thread of the holding. */
    boolean charge(Holding holding, long more) {
        if (!take(more)) {
            return false;
        }
        set(holding, holding.bytes() + more);
        if (held.get() <= bytes || shedFor(holding)) {
            return true;
        }
        set(holding, holding.bytes() - more);
        held.addAndGet(-more);
        return false;
    }

    /** Gives back all that {@code holding} was charged. On the thread of the holding. */
    void release(Holding holding) {
        long all = holding.bytes();
        set(holding, 0);
        held.addAndGet(-all);
    }

    /** Whether {@code holding}, which was told so, is still to be shed: what it held then may be released already. */
    boolean isShed(Holding holding) {
        synchronized (holdings) {
            holding.told = false;
            return holding.shedBytes > 0;
        }
    }

    private boolean take(long more) {
        long before;
        do {
            before = held.get();
            if (before + more > most()) {
                return false;
            }
        } while (!held.compareAndSet(before, before + more));
        return true;
    }

    private void set(Holding holding, long now) {
        int size = Holdings.sizeOf(now);
        // The lock is taken as often as the length of a message doubles, however many frames it has.
        boolean moves = size != Holdings.sizeOf(holding.bytes());
        holding.bytes(now);
        if (moves) {
            synchronized (holdings) {
                holdings.move(holding, size);
            }
        }
    }

    /**
     * Sheds so many that the rest is within the budget. These are few, since each of them holds at least half of what {@code holding} does.
     *
     * @return false if {@code holding} has to go itself
     */
    private boolean shedFor(Holding holding) {
        while (true) {
            Holding worst;
            boolean tell;
            synchronized (holdings) {
                if (holding.shedBytes > 0) {
                    return false;
                }
                if (held.get() - holdings.shedBytes() <= bytes) {
                    return true;
                }
                worst = holdings.worst();
                if (worst == holding || !mayGoOn(holding, worst)) {
                    return false;
                }
                holdings.shed(worst);
                tell = !worst.told;
                worst.told = true;
            }
            if (tell) {
                worst.shedSoon();
            }
        }
    }

    /** Half of the overdraft is for those who are smaller: whoever is as large as the largest shall not use it up. */
    private boolean mayGoOn(Holding holding, Holding worst) {
        return holding.size < worst.size || held.get() <= bytes + overdraft / 2;
    }
}
