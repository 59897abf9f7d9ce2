package io.sluice.protocol.websocket;

/**
 * What one connection holds of the node's {@link ReassemblyBudget}: nothing between two messages. It is its own place among the
 * {@link Holdings}, so that to be there costs no object.
 */
abstract class Holding extends Holdings.Place {

    /** By which it stands among the {@link Holdings}; guarded with them, like the next two. */
    int size = Holdings.NOTHING;

    /** What it held when it was shed; 0 where it is not. */
    long shedBytes;

    /** Whether {@link #shedSoon} was called and has had no effect yet: it is asked for once at a time. */
    boolean told;

    private final ReassemblyBudget budget;

    /** Written on the thread of the connection only. */
    private volatile long bytes;

    Holding(ReassemblyBudget budget) {
        this.budget = budget;
    }

    /** Its connection shall ask {@link #isShed}, soon and on its own thread. Any thread. */
    abstract void shedSoon();

    /** Whether it has to give up what it holds, since that is the most of all. To be asked when {@link #shedSoon} says so. */
    final boolean isShed() {
        return budget.isShed(this);
    }

    /** Charges so many bytes more, at least one; false if they can not be, and then nothing was done. */
    final boolean charge(long more) {
        return budget.charge(this, more);
    }

    /** Gives the charge back. */
    final void settle() {
        // The budget is the whole node's: most messages never touch it.
        if (bytes > 0) {
            budget.release(this);
        }
    }

    final long bytes() {
        return bytes;
    }

    final void bytes(long now) {
        bytes = now;
    }
}
