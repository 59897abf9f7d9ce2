package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Answers pings (RFC 6455, 5.5.3), within a rate; and only the newest while the peer does not read. */
final class Pongs {

    private static final long SECOND = 1_000_000_000L;

    private final WebSocketShell shell;

    /** When the next ping is within the rate, were they evenly spread; a burst runs ahead of it. */
    private long allowance;

    private @Nullable ByteBuf waiting;

    /** @param nowNanos when the first ping came */
    Pongs(WebSocketShell shell, long nowNanos) {
        this.shell = shell;
        allowance = nowNanos;
    }

    /** @param perSecond pings taken on average, with a burst of as many */
    @Nullable
    Violation onPing(ByteBuf payload, long nowNanos, int perSecond) {
        if (!withinRate(nowNanos, perSecond)) {
            return Violation.CONTROL_FLOOD;
        }
        release();
        ByteBuf pong = FrameEncoder.control(shell.alloc(), Opcode.PONG, payload);
        // RFC 6455, 5.5.3: "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping
        // frame".
        if (shell.isWritable()) {
            shell.send(pong);
        } else {
            waiting = pong;
        }
        return null;
    }

    private boolean withinRate(long nowNanos, int perSecond) {
        long apart = SECOND / perSecond;
        if (nowNanos - allowance > 0) {
            allowance = nowNanos;
        }
        if (allowance - nowNanos > SECOND - apart) {
            return false;
        }
        allowance += apart;
        return true;
    }

    /** The peer reads again: sends what waited for that. */
    void onWritable() {
        ByteBuf pong = waiting;
        if (pong != null) {
            waiting = null;
            shell.send(pong);
            shell.flush();
        }
    }

    /** Gives up what waits. */
    void release() {
        if (waiting != null) {
            waiting.release();
            waiting = null;
        }
    }
}
