package io.sluice.bridge.amqp;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Says when a stream needs a new marker: ten seconds or 10,000 messages after the last one of any node, and never on a quiet stream. Not
 * thread-safe.
 */
final class MarkerClock {

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final int MOST_MESSAGES = 10_000;

    private int messages;
    private long dueNanos;
    private long askedNanos;

    MarkerClock(long nowNanos) {
        askedNanos = nowNanos - PERIOD_NANOS;
        marked(nowNanos);
    }

    /** A marker was read. Nodes that all read it do not all write the next: each is due a little earlier, by chance. */
    void marked(long nowNanos) {
        messages = 0;
        dueNanos = nowNanos + PERIOD_NANOS - ThreadLocalRandom.current().nextLong(PERIOD_NANOS / 5);
    }

    void message() {
        messages++;
    }

    /** Whether to write one now; if so, it counts as written, and is due again if it does not come to be read. */
    boolean due(long nowNanos) {
        boolean wanted = messages >= MOST_MESSAGES || (messages > 0 && nowNanos - dueNanos >= 0);
        if (!wanted || nowNanos - askedNanos < PERIOD_NANOS / 2) {
            return false;
        }
        askedNanos = nowNanos;
        return true;
    }
}
