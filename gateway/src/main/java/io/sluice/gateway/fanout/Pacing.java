package io.sluice.gateway.fanout;

/**
 * Decides when the next turn of a shard is due. While its event loop has time, a turn begins as soon as there is something: nobody waits
 * so that others may pay less. When the loop could not keep up with a turn for each message, turns begin a period apart, or as much later
 * as the turn took, and what comes meanwhile leaves together: one system call for many messages instead of one for each. Event loop only.
 */
final class Pacing {

    /** Of the loop's time, what a turn for each message would take: above it turns are spaced, */
    private static final double SATURATED = 0.75;
    /** and below it no longer. */
    private static final double AT_EASE = 0.4;
    /** The weight of the newest turn. */
    private static final double NEWEST = 0.25;

    private final long periodNanos;
    private double load;
    private boolean spaced;
    private long startedBefore;

    /** @param maxDelayNanos what a message may wait at most for others; 0: never */
    Pacing(long maxDelayNanos) {
        this.periodNanos = maxDelayNanos;
    }

    /**
     * A turn has ended.
     *
     * @param messages that it handed out
     * @param runs in which they left: what messages share a run shares its cost
     * @return nanoseconds until the next turn; 0: as soon as there is something
     */
    long afterTurn(long started, long ended, int messages, int runs) {
        long interval = Math.max(1, started - startedBefore);
        long busy = ended - started;
        startedBefore = started;
        double alone = runs == 0 ? 0 : (double) busy * messages / runs;
        load += NEWEST * (Math.min(2, alone / Math.max(interval, busy)) - load);
        spaced = load > (spaced ? AT_EASE : SATURATED);
        return spaced ? Math.min(periodNanos, Math.max(periodNanos - busy, busy)) : 0;
    }

    /** Whether turns are spaced: the loop is saturated, and what comes leaves together. */
    boolean spaced() {
        return spaced;
    }
}
