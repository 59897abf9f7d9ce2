package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** The world around a {@link WebSocketConnection}: its channel and its application. All methods but one are called on the thread of the connection. */
public interface WebSocketShell {

    ByteBufAllocator alloc();

    /** Whether what is sent now would leave soon. */
    boolean isWritable();

    /** Bytes sent that have not left yet. */
    long pendingBytes();

    /**
     * Whether the peer's host, though not the peer, is known to be alive: it acknowledges what the kernel still has to send. False
     * where nothing is left to send, and where nobody can tell.
     */
    default boolean isAcknowledged() {
        return false;
    }

    /** Writes a whole frame, without a flush. Takes it. */
    void send(ByteBuf frame);

    void flush();

    /** One whole message, {@code opcode} being TEXT, valid UTF-8, or BINARY. Borrows {@code payload} and its indexes. */
    void onMessage(Opcode opcode, ByteBuf payload);

    /** Have {@link WebSocketConnection#shed} called soon, on the thread of the connection and not within this call. Any thread. */
    void shedSoon();

    /** Both close frames were exchanged: flush, then end the connection (RFC 6455, 7.1.1: the server ends it first). */
    void end();

    /**
     * The connection has failed and the close frame was sent: flush, send nothing more, and leave it to the peer to end the
     * connection, whose bytes under way would otherwise make the kernel reset it and lose the close frame. {@link #abort} follows
     * if it does not.
     */
    void fail();

    /** End the connection now: the peer is gone or has not kept a deadline. */
    void abort();
}
