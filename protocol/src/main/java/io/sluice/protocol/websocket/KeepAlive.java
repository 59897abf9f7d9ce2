package io.sluice.protocol.websocket;

/** When to ping, and when a peer that does not answer is gone. Whatever is received is an answer. */
final class KeepAlive {

    enum Due {
        NOTHING,
        PING,
        END
    }

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
        if (waiting && nowNanos - waitingSince >= settings.pongTimeout().toNanos()) {
            return Due.END;
        }
        if (nowNanos - nextPing < 0) {
            return Due.NOTHING;
        }
        nextPing = nowNanos + settings.pingInterval().toNanos();
        if (!waiting) {
            waiting = true;
            waitingSince = nowNanos;
        }
        return Due.PING;
    }
}
