package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.Subprotocol;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.deflate.Compression;
import org.jspecify.annotations.Nullable;

/**
 * One way in which messages become bytes. Sessions with the same encoding receive the same bytes, so a message is encoded once, and
 * deflated once, for all of them.
 *
 * @param index its place among the encodings of this node, from 0 to {@link #COUNT} - 1
 * @param compression what the sessions have agreed on (RFC 7692); null: nothing that could be shared
 */
public record Encoding(
        int index, Subprotocol subprotocol, @Nullable Compression compression) {

    /** Encodings that a node knows: one subprotocol, plain and in each size of window. */
    public static final int COUNT = 1 + Compression.COUNT;

    private static final int TYPICAL_BYTES = 256;

    /** The plain encoding of the node's one subprotocol. */
    public static Encoding plain(Subprotocol subprotocol) {
        return new Encoding(0, subprotocol, null);
    }

    /** The same subprotocol for sessions that have agreed on {@code other}. */
    public Encoding with(@Nullable Compression other) {
        return other == null ? this : new Encoding(1 + other.index(), subprotocol, other);
    }

    /** The same, not compressed. */
    Encoding plain() {
        return compression == null ? this : plain(subprotocol);
    }

    /** Gives the whole frame of {@code message}, not compressed. Any thread. */
    public ByteBuf encode(ServerMessage message, ByteBufAllocator allocator) {
        ByteBuf frame = FrameEncoder.buffer(allocator, TYPICAL_BYTES);
        try {
            subprotocol.encode(message, frame);
            return FrameEncoder.frame(subprotocol.text() ? Opcode.TEXT : Opcode.BINARY, frame);
        } catch (RuntimeException e) {
            frame.release();
            throw e;
        }
    }

    /** As {@link #encode}, of what is for one session alone: compressed where that was agreed and nothing in it is {@code sensitive}. */
    ByteBuf encodeOwn(ServerMessage message, boolean sensitive, ByteBufAllocator allocator) {
        ByteBuf frame = encode(message, allocator);
        if (compression == null || sensitive) {
            return frame;
        }
        try {
            return FrameEncoder.deflated(allocator, compression, frame);
        } finally {
            frame.release();
        }
    }
}
