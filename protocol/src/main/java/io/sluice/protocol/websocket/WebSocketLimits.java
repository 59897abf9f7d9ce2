package io.sluice.protocol.websocket;

/**
 * What one peer may make this side hold (RFC 6455, 10.4). Checked when a length is known, before its payload has arrived.
 *
 * @param messageBytes bytes of one message, all its fragments together, after inflation; more is {@code 1009}; at most 1 GiB
 * @param fragments frames of one message; more is {@code 1008}
 * @param messageMillis time from the first byte of a message to its last; longer is {@code 1008}
 * @param controlFramesPerSecond pings a peer may send on average, with a burst of as many; more is {@code 1008}. Unsolicited pongs
 *     cost nothing to hold or answer and are ignored
 * @param inflate whether compressed messages are taken, where permessage-deflate was agreed; if not, one is {@code 1008}
 */
public record WebSocketLimits(
        long messageBytes, int fragments, long messageMillis, int controlFramesPerSecond, boolean inflate) {

    /** The most that {@code messageBytes} may be: a message is one buffer. */
    public static final long MAX_MESSAGE_BYTES = 1L << 30;

    /** 64 KiB, 1,024 fragments, 30 s, 10 control frames a second, nothing inflated. */
    public static final WebSocketLimits DEFAULT = new WebSocketLimits(64 << 10, 1024, 30_000, 10);

    /** Without inflation. */
    public WebSocketLimits(long messageBytes, int fragments, long messageMillis, int controlFramesPerSecond) {
        this(messageBytes, fragments, messageMillis, controlFramesPerSecond, false);
    }

    public WebSocketLimits {
        if (messageBytes < 0 || messageBytes > MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "messageBytes: " + messageBytes + " (expected: 0 to " + MAX_MESSAGE_BYTES + ")");
        }
        if (fragments < 1) {
            throw new IllegalArgumentException("fragments: " + fragments + " (expected: >= 1)");
        }
        if (messageMillis < 1) {
            throw new IllegalArgumentException("messageMillis: " + messageMillis + " (expected: >= 1)");
        }
        if (controlFramesPerSecond < 1) {
            throw new IllegalArgumentException(
                    "controlFramesPerSecond: " + controlFramesPerSecond + " (expected: >= 1)");
        }
    }

    public WebSocketLimits withInflate(boolean inflate) {
        return new WebSocketLimits(messageBytes, fragments, messageMillis, controlFramesPerSecond, inflate);
    }

    /**
     * The most bytes of a compressed message that are taken, whatever they inflate to: twice {@code messageBytes}, which leaves room for
     * data that does not compress and for a sender that flushes often, and 1 KiB.
     */
    long compressedBytes() {
        return 2 * messageBytes + 1024;
    }
}
