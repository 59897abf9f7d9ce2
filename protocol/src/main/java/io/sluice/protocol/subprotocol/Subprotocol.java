package io.sluice.protocol.subprotocol;

import io.netty.buffer.ByteBuf;

/**
 * One client subprotocol: bytes of whole WebSocket messages to {@link ClientMessage}s, and {@link ServerMessage}s to bytes. Stateless,
 * shared by all sessions, callable from any thread.
 */
public interface Subprotocol {

    /** The registered name, as offered in {@code Sec-WebSocket-Protocol}. */
    String name();

    /** Whether its messages are text frames; a frame of the other type is refused with 1003. */
    boolean text();

    /**
     * Decodes one whole message. Never throws: what is not understood is a {@link ClientMessage.Refused}. Borrows {@code message}; the
     * result holds no reference to it.
     */
    ClientMessage decode(ByteBuf message);

    /** Appends the bytes of {@code message} to {@code out}: the payload of one WebSocket message, without its frame header. Borrows. */
    void encode(ServerMessage message, ByteBuf out);
}
