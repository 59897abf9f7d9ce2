package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.deflate.MessageDeflater;
import org.jspecify.annotations.Nullable;

/** Writes messages as frames, in as few buffers as pay. */
final class MessageFrames {

    /** Up to here a copy behind its header is cheaper than a second buffer in the write. */
    private static final int COPIED_PAYLOAD = 1024;

    private MessageFrames() {}

    /**
     * Writes one message as one frame, without a flush. Takes {@code payload}.
     *
     * @param deflater null where no compression was agreed
     */
    static void write(Channel channel, @Nullable MessageDeflater deflater, Opcode opcode, ByteBuf payload) {
        ByteBuf deflated = deflater == null ? null : deflater.deflate(channel.alloc(), FrameEncoder.HEAD_ROOM, payload);
        if (deflated != null) {
            payload.release();
            write(channel, FrameEncoder.frame(opcode, true, deflated));
            return;
        }
        int length = payload.readableBytes();
        boolean copied = length <= COPIED_PAYLOAD;
        ByteBuf frame = channel.alloc().buffer(FrameEncoder.HEAD_ROOM + (copied ? length : 0));
        FrameEncoder.writeHeader(frame, opcode, false, length);
        if (copied) {
            frame.writeBytes(payload);
            payload.release();
            write(channel, frame);
        } else {
            write(channel, frame);
            write(channel, payload);
        }
    }

    private static void write(Channel channel, ByteBuf bytes) {
        channel.write(bytes, channel.voidPromise());
    }
}
