package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.deflate.Compression;
import org.jspecify.annotations.Nullable;

/**
 * One open WebSocket, seen by the application. Every method is called on the channel's event loop.
 *
 * <p>Frames are written in two ways: {@link #sendText}/{@link #sendBinary} frame one payload, and {@link #write} takes bytes that are
 * whole server frames already, so that one encoding can be shared by any number of sockets.
 */
public interface WebSocket {

    /** The channel under this socket: for its event loop, its allocator, its addresses and its writability. */
    Channel channel();

    /** The subprotocol agreed in the handshake, as the server's own constant; the default's name where the client offered none. */
    String subprotocol();

    /**
     * What this socket shares with all others that have the same one: a message is compressed once for all of them, with
     * {@link FrameEncoder#deflated}, and written with {@link #write}. Null where no compression was agreed, or one that differs from
     * socket to socket, since context takeover was.
     */
    default @Nullable Compression compression() {
        return null;
    }

    /** False from the moment a close frame was sent or received, or the connection ended: what is written then is released unsent. */
    boolean isOpen();

    /**
     * Frames {@code payload} as one text message and writes it, without a flush. Takes the buffer. It is compressed if that was agreed
     * and makes it smaller; what must not be (RFC 7692, 8) is written with {@link #write}.
     */
    void sendText(ByteBuf payload);

    /** As {@link #sendText}, for a binary message. Takes the buffer. */
    void sendBinary(ByteBuf payload);

    /** Writes whole, already encoded server frames, without a flush. Takes the buffer. */
    void write(ByteBuf frames);

    /** Flushes what was written: one system call for all that waits, where the kernel takes it. */
    void flush();

    /** Bytes written and not yet taken by the kernel. */
    long pendingBytes();

    /**
     * Starts the closing handshake (RFC 6455, 7.1.2): sends one close frame, flushes, discards what else is received, and closes the
     * connection when the peer has answered or {@code closeTimeout} has passed. A second call has no effect.
     *
     * @param code a code that may be sent (RFC 6455, 7.4): 1000-1003, 1007-1014, 3000-4999
     * @param reason a constant of the application, at most 123 bytes of UTF-8
     */
    void close(int code, String reason);

    /** Replaces the limits of what is received: tightened before authentication, full after it. Applies from the next frame header. */
    void limits(WebSocketLimits limits);

    /** Has {@link WebSocketListener#onTick} called in {@code nanos} at the latest, give or take 250 ms: a deadline that is new, or nearer. */
    void tickWithin(long nanos);

    /** Stops or resumes reading from the connection; what the peer sends meanwhile waits in the kernel. */
    void reading(boolean enabled);
}
