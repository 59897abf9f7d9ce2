package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The closing handshake (RFC 6455, 7.1), from the first close frame, whoever sent it, to the end of the connection. An open connection
 * has none.
 */
final class CloseHandshake {

    private final int code;
    private final long deadlineNanos;
    private boolean over;

    /**
     * @param code that of the first close frame; {@link CloseCode#NO_STATUS} where it had none
     * @param deadlineNanos when the connection is ended though the peer has not ended it
     */
    CloseHandshake(int code, long deadlineNanos) {
        this.code = code;
        this.deadlineNanos = deadlineNanos;
    }

    int code() {
        return code;
    }

    /** Not positive once the connection is to be ended. */
    long untilDue(long nowNanos) {
        return deadlineNanos - nowNanos;
    }

    /** Nothing that is received from now on has a meaning: both close frames were exchanged, or the peer's bytes can not be trusted. */
    void end() {
        over = true;
    }

    boolean isOver() {
        return over;
    }

    /** What is wrong with the payload of a close frame (RFC 6455, 5.5.1). Borrows it. */
    static @Nullable Violation check(ByteBuf payload) {
        int length = payload.readableBytes();
        if (length == 0) {
            return null;
        }
        if (length == 1) {
            return Violation.CLOSE_PAYLOAD_TOO_SHORT;
        }
        if (!CloseCode.mayBeSent(code(payload))) {
            return Violation.CLOSE_CODE_RESERVED;
        }
        int reason = length - 2;
        int utf8 = Utf8Validator.validate(
                Utf8Validator.ACCEPT, payload.nioBuffer(payload.readerIndex() + 2, reason), 0, reason);
        return utf8 == Utf8Validator.ACCEPT ? null : Violation.CLOSE_REASON_NOT_UTF8;
    }

    /** The code in a correct payload; {@link CloseCode#NO_STATUS} where it is empty. Borrows it. */
    static int code(ByteBuf payload) {
        return payload.isReadable() ? payload.getUnsignedShort(payload.readerIndex()) : CloseCode.NO_STATUS;
    }
}
