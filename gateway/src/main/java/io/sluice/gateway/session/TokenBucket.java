package io.sluice.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * So many a second on average, twice as many at once; and how long the limit has been leant on. The rate comes with each call: when it
 * changes, what is left stays, within the new burst. One thread.
 */
final class TokenBucket {

    private static final long ABUSE_SECONDS = 10;
    private static final double BURST_SECONDS = 2;

    private double tokens;
    private long filledAt;
    private long refusedSince;
    private int refused;

    TokenBucket(int perSecond, long nowNanos) {
        tokens = BURST_SECONDS * perSecond;
        filledAt = nowNanos;
        refusedSince = nowNanos;
    }

    boolean take(int perSecond, long nowNanos) {
        tokens = Math.min(BURST_SECONDS * perSecond, tokens + (nowNanos - filledAt) / 1e9 * perSecond);
        filledAt = nowNanos;
        if (tokens < 1) {
            refused++;
            return false;
        }
        tokens--;
        return true;
    }

    /** Whether as many were refused in the last ten seconds as ten seconds allow: a client that does not listen. */
    boolean abused(int perSecond, long nowNanos) {
        if (nowNanos - refusedSince > TimeUnit.SECONDS.toNanos(ABUSE_SECONDS)) {
            refusedSince = nowNanos;
            refused = 0;
        }
        return refused > ABUSE_SECONDS * perSecond;
    }
}
