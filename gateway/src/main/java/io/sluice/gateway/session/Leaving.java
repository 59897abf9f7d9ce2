package io.sluice.gateway.session;

import io.sluice.protocol.subprotocol.GoawayReason;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A session on its way out: a {@code goaway}, a second later the close, or as soon as what it has published has its outcome, ten seconds
 * later at most: a broker that confirms nothing for so long is not waited for. Event loop only.
 */
final class Leaving {

    private static final long GOAWAY_TO_CLOSE = TimeUnit.SECONDS.toNanos(1);
    private static final long OUTCOMES = TimeUnit.SECONDS.toNanos(10);

    /** From the goaway to the close at the most. */
    static final Duration MOST = Duration.ofNanos(GOAWAY_TO_CLOSE + OUTCOMES);

    private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(100);

    private static final double JITTER = 0.1;
    private static final long RECONNECT_MILLIS = 1000;

    private final Session session;
    private final long tellAt;
    private final long reconnectMillis;
    private final GoawayReason reason;
    private boolean told;

    Leaving(Session session, long tellAt, long reconnectMillis, GoawayReason reason) {
        this.session = session;
        this.tellAt = tellAt;
        this.reconnectMillis = reconnectMillis;
        this.reason = reason;
    }

    /** About so long, so that sessions that came together, after an outage, do not go together. */
    static long jittered(long nanos) {
        return (long) (nanos * ThreadLocalRandom.current().nextDouble(1 - JITTER, 1 + JITTER));
    }

    /** When a session that leaves alone may come back: some time within a second. */
    static long reconnectMillis() {
        return ThreadLocalRandom.current().nextLong(0, RECONNECT_MILLIS);
    }

    /** Whether it may still be another moment, and {@code otherTellAt} is an earlier one. */
    boolean yieldsTo(long otherTellAt) {
        return !told && otherTellAt - tellAt < 0;
    }

    /** Does what is due; returns how long until something is again, in nanoseconds. */
    long onTick(long nowNanos) {
        if (nowNanos - tellAt < 0) {
            return tellAt - nowNanos;
        }
        if (!told) {
            told = true;
            session.tellGoaway(reconnectMillis, reason);
        }
        long untilClose = tellAt + GOAWAY_TO_CLOSE - nowNanos;
        if (untilClose > 0) {
            return untilClose;
        }
        if (session.awaitsOutcomes() && untilClose > -OUTCOMES) {
            session.reading(Pause.LEAVING, false);
            return LOOK_AGAIN;
        }
        session.end(reason == GoawayReason.DRAIN ? SessionEnd.DRAIN : SessionEnd.MAX_AGE);
        // The client's answer to the close is to be read.
        session.reading(Pause.LEAVING, true);
        return Session.NEVER;
    }
}
