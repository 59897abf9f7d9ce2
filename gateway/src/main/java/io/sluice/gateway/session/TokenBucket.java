package io.sluice.gateway.session;

import java.util.concurrent.TimeUnit;

/** So many a second on average, twice as many at once; and how long the limit has been leant on. One thread. */
final class TokenBucket {

    private static final long ABUSE_SECONDS = 10;

    private final int perSecond;
    private final double capacity;
    private double tokens;
    private long filledAt;
    private long refusedSince;
    private int refused;

    TokenBucket(int perSecond, long nowNanos) {
        this.perSecond = perSecond;
        capacity = 2.0 * perSecond;
        tokens = capacity;
        filledAt = nowNanos;
        refusedSince = nowNanos;
    }

    boolean take(long nowNanos) {
        tokens = Math.min(capacity, tokens + (nowNanos - filledAt) / 1e9 * perSecond);
        filledAt = nowNanos;
        if (tokens < 1) {
            refused++;
            return false;
        }
        tokens--;
        return true;
    }

    /** Whether as many were refused in the last ten seconds as ten seconds allow: a client that does not listen. */
    boolean abused(long nowNanos) {
        if (nowNanos - refusedSince > TimeUnit.SECONDS.toNanos(ABUSE_SECONDS)) {
            refusedSince = nowNanos;
            refused = 0;
        }
        return refused > ABUSE_SECONDS * perSecond;
    }
}
