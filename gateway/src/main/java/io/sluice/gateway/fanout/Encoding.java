package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.Subprotocol;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;

/**
 * One way in which messages become bytes. Sessions with the same encoding receive the same bytes, so a message is encoded once for all
 * of them.
 *
 * @param index its place among the encodings of this node, from 0 to {@link #COUNT} - 1
 */
public record Encoding(int index, Subprotocol subprotocol) {

    /** Encodings that a node knows. */
    public static final int COUNT = 1;

    private static final int TYPICAL_BYTES = 256;

    /** Gives the whole frame of {@code message}. Any thread. */
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
}
