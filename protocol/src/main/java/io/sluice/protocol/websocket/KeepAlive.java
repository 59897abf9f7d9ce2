package io.sluice.protocol.websocket;

/** When to ping, and when a peer that does not answer is gone. Whatever is received is an answer. */
final class KeepAlive {

    enum Due {
        NOTHING,
        PING,
        END
    }

    /** How often it is looked whether a peer that owes an answer is still reading what was sent before. */
    private static final long LOOK_NANOS = 1_000_000_000L;

    private final WebSocketSettings settings;
    private long nextPing;
    private long waitingSince;
    private long pendingBytes;
    private boolean waiting;

    KeepAlive(WebSocketSettings settings, long firstPingNanos) {
        this.settings = settings;
        nextPing = firstPingNanos;
    }

    void heard() {
        waiting = false;
    }

    /** No answer could be heard for {@code nanos}, since this side did not listen. */
    void excuse(long nanos) {
        waitingSince += nanos;
    }

    /** @param pendingBytes what waits to be sent: while it shrinks the peer is reading, slowly, and has not seen the ping behind it */
    Due due(long nowNanos, long pendingBytes) {
        if (waiting && pendingBytes < this.pendingBytes) {
            waitingSince = nowNanos;
        }
        this.pendingBytes = pendingBytes;
        if (waiting && untilEnd(nowNanos) <= 0) {
            return Due.END;
        }
        if (untilPing(nowNanos) > 0) {
            return Due.NOTHING;
        }
        nextPing = nowNanos + settings.pingInterval().toNanos();
        if (!waiting) {
            waiting = true;
            waitingSince = nowNanos;
        }
        return Due.PING;
    }

    /** How long {@link #due} has nothing to say, if nothing happens before. */
    long untilDue(long nowNanos) {
        if (!waiting) {
            return untilPing(nowNanos);
        }
        long end = pendingBytes == 0 ? untilEnd(nowNanos) : Math.min(LOOK_NANOS, untilEnd(nowNanos));
        return Math.min(untilPing(nowNanos), end);
    }

    long untilPing(long nowNanos) {
        return nextPing - nowNanos;
    }

    private long untilEnd(long nowNanos) {
        return waitingSince + settings.pongTimeout().toNanos() - nowNanos;
    }
}
