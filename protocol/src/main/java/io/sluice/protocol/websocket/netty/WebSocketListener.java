package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;

/** What the application makes of one WebSocket. Every method is called on the channel's event loop, never concurrently. */
public interface WebSocketListener {

    /** The 101 response has been written and {@code socket} may be written to. Called first, once. */
    void onOpen(WebSocket socket);

    /** One whole text message, valid UTF-8. Borrows {@code payload}: it is released when this returns. */
    void onText(ByteBuf payload);

    /** One whole binary message. Borrows {@code payload}: it is released when this returns. */
    void onBinary(ByteBuf payload);

    /** All that one read of the socket brought has been handed over: the moment to flush answers. */
    default void onReadComplete() {}

    /** The channel's outbound bytes passed its high-water mark ({@code false}) or fell below the low one ({@code true}). */
    default void onWritabilityChanged(boolean writable) {}

    /**
     * For deadlines: called when the time is up that it gave the last time, or that was given to {@link WebSocket#tickWithin}, at most
     * 250 ms late; and now and then too early.
     *
     * @param nowNanos the time of the event loop's ticker, whose origin is not that of {@link System#nanoTime()}
     * @return nanoseconds from now on within which it has to be called again; {@link Long#MAX_VALUE} if it need not be
     */
    default long onTick(long nowNanos) {
        return Long.MAX_VALUE;
    }

    /**
     * The WebSocket is over. Called last, once, when the connection has ended. {@code code} is that of RFC 6455, 7.1.5: the code of
     * the close frame that ended it, 1005 where it had none, 1006 where the connection was lost without one.
     */
    void onClosed(int code);
}
