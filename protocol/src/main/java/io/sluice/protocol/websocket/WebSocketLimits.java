package io.sluice.protocol.websocket;

/**
 * What one peer may make this side hold (RFC 6455, 10.4). Checked when a length is known, before its payload has arrived.
 *
 * @param messageBytes bytes of one message, all its fragments together, after inflation; more is {@code 1009}
 * @param fragments frames of one message; more is {@code 1008}
 * @param messageMillis time from the first byte of a message to its last; longer is {@code 1008}
 * @param controlFramesPerSecond control frames a peer may send on average, with a burst of as many; more is {@code 1008}
 */
public record WebSocketLimits(long messageBytes, int fragments, long messageMillis, int controlFramesPerSecond) {

    /** 64 KiB, 1,024 fragments, 30 s, 10 control frames a second. */
    public static final WebSocketLimits DEFAULT = new WebSocketLimits(64 << 10, 1024, 30_000, 10);
}
