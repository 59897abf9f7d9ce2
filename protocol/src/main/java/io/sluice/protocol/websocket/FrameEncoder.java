package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.sluice.protocol.websocket.deflate.Compression;
import java.nio.charset.StandardCharsets;

/**
 * Writes a server's frames, which are never masked (RFC 6455, 5.1) and, here, never fragmented.
 *
 * <p>A payload is framed without a copy if it was written behind head room, since the length of a header is known only when that of its
 * payload is:
 *
 * <pre>{@code
 * ByteBuf message = FrameEncoder.buffer(alloc, 512);
 * message.writeCharSequence("…", UTF_8);
 * socket.write(FrameEncoder.frame(Opcode.TEXT, message));
 * }</pre>
 *
 * <p>For many sockets with the same {@link Compression} it is compressed once, with {@link #deflated}.
 *
 * <p>Many frames in one buffer, for one write to many sockets, are written between {@link #begin} and {@link #end}.
 */
public final class FrameEncoder {

    /** The longest header of a server's frame. */
    public static final int HEAD_ROOM = 10;

    /** The longest reason of a close frame. */
    public static final int REASON_LENGTH = FrameDecoder.CONTROL_LENGTH - 2;

    private FrameEncoder() {}

    /** An empty buffer with head room before its indexes, for a payload of about {@code payloadBytes}. Gives the buffer. */
    public static ByteBuf buffer(ByteBufAllocator alloc, int payloadBytes) {
        return alloc.buffer(HEAD_ROOM + payloadBytes).setIndex(HEAD_ROOM, HEAD_ROOM);
    }

    /**
     * Writes the header in front of the readable bytes of {@code payload}, into bytes that must be the caller's alone: use a buffer from
     * {@link #buffer}. Takes the buffer and gives the same one.
     *
     * @throws IllegalArgumentException if there are too few bytes before its reader index
     */
    public static ByteBuf frame(Opcode opcode, ByteBuf payload) {
        return frame(opcode, false, payload);
    }

    /** As {@link #frame(Opcode, ByteBuf)}; {@code compressed} sets RSV1, as RFC 7692, 6.1 wants it for a deflated message. */
    public static ByteBuf frame(Opcode opcode, boolean compressed, ByteBuf payload) {
        int length = payload.readableBytes();
        int start = payload.readerIndex() - headerLength(length);
        if (start < 0) {
            throw new IllegalArgumentException(
                    "head room: " + payload.readerIndex() + " bytes (expected: >= " + headerLength(length) + ")");
        }
        putHeader(payload, start, opcode, compressed, length);
        return payload.readerIndex(start);
    }

    /**
     * The frame to send instead of {@code frame} to every socket with this compression.
     *
     * @param frame one whole frame of an uncompressed text or binary message, of a server; borrowed, its indexes untouched
     * @return a frame with RSV1 set; or {@code frame} itself, retained, if it is short or does not become smaller
     * @throws IllegalArgumentException if {@code frame} is not one whole frame
     */
    public static ByteBuf deflated(ByteBufAllocator alloc, Compression compression, ByteBuf frame) {
        int start = frame.readerIndex();
        int length = payloadLength(frame);
        int b0 = length < 0 ? 0 : frame.getUnsignedByte(start);
        Opcode opcode = b0 == (FrameDecoder.B0_FIN | Opcode.TEXT.bits()) ? Opcode.TEXT : Opcode.BINARY;
        if (b0 != (FrameDecoder.B0_FIN | opcode.bits())) {
            throw new IllegalArgumentException("frame: not one whole uncompressed text or binary message");
        }
        ByteBuf deflated = compression.deflate(alloc, HEAD_ROOM, frame.slice(start + headerLength(length), length));
        return deflated == null ? frame.retain() : frame(opcode, true, deflated);
    }

    /** That of the only frame in {@code frame}; negative if there is not one whole frame and nothing else. */
    private static int payloadLength(ByteBuf frame) {
        int start = frame.readerIndex();
        int readable = frame.readableBytes();
        if (readable < 2 || frame.getByte(start + 1) < 0) {
            return -1;
        }
        int bits = frame.getByte(start + 1);
        int header = bits <= FrameDecoder.CONTROL_LENGTH ? 2 : bits == FrameDecoder.LENGTH_16 ? 4 : 10;
        if (readable < header) {
            return -1;
        }
        long length = header == 2 ? bits : header == 4 ? frame.getUnsignedShort(start + 2) : frame.getLong(start + 2);
        return length == readable - header && headerLength((int) length) == header ? (int) length : -1;
    }

    /** Appends a header, for a payload that is sent behind it. Borrows {@code out}. */
    public static void writeHeader(ByteBuf out, Opcode opcode, boolean compressed, int length) {
        int header = headerLength(length);
        out.ensureWritable(header);
        putHeader(out, out.writerIndex(), opcode, compressed, length);
        out.writerIndex(out.writerIndex() + header);
    }

    /**
     * Begins a frame at the end of {@code out}, whose payload is then appended. Borrows {@code out}.
     *
     * @param expectedLength about how long the payload will be; a wrong guess between 125 and 126, or 65,535 and 65,536, costs a move
     * @return what {@link #end} must be told
     */
    public static int begin(ByteBuf out, int expectedLength) {
        int header = headerLength(expectedLength);
        out.ensureWritable(header + expectedLength).writerIndex(out.writerIndex() + header);
        return out.writerIndex();
    }

    /**
     * Ends the frame that was begun, with all that was appended since as its payload. Borrows {@code out}.
     *
     * @param payload what {@code begin} gave
     * @param expectedLength what {@code begin} was told
     */
    public static void end(ByteBuf out, Opcode opcode, boolean compressed, int payload, int expectedLength) {
        int length = out.writerIndex() - payload;
        int start = payload - headerLength(expectedLength);
        int header = headerLength(length);
        if (start + header != payload) {
            out.ensureWritable(HEAD_ROOM);
            out.setBytes(start + header, out, payload, length);
            out.writerIndex(start + header + length);
        }
        putHeader(out, start, opcode, compressed, length);
    }

    /** 2, 4 or 10. */
    public static int headerLength(int length) {
        return length <= FrameDecoder.CONTROL_LENGTH ? 2 : length <= 0xFFFF ? 4 : 10;
    }

    /** A whole ping or pong. Borrows {@code payload}, at most 125 bytes; gives the frame. */
    static ByteBuf control(ByteBufAllocator alloc, Opcode opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        ByteBuf frame = alloc.buffer(2 + length);
        writeHeader(frame, opcode, false, length);
        return frame.writeBytes(payload, payload.readerIndex(), length);
    }

    /**
     * A whole close frame. Gives the frame.
     *
     * @throws IllegalArgumentException if the code may not be sent or the reason is longer than 123 bytes
     */
    static ByteBuf close(ByteBufAllocator alloc, int code, String reason) {
        if (!CloseCode.mayBeSent(code)) {
            throw new IllegalArgumentException("code: " + code + " (expected: 1000-1003, 1007-1014 or 3000-4999)");
        }
        int length = ByteBufUtil.utf8Bytes(reason);
        if (length > REASON_LENGTH) {
            throw new IllegalArgumentException("reason: " + length + " bytes (expected: <= " + REASON_LENGTH + ")");
        }
        ByteBuf frame = alloc.buffer(4 + length);
        writeHeader(frame, Opcode.CLOSE, false, 2 + length);
        frame.writeShort(code).writeCharSequence(reason, StandardCharsets.UTF_8);
        return frame;
    }

    private static void putHeader(ByteBuf out, int start, Opcode opcode, boolean compressed, int length) {
        int b0 = FrameDecoder.B0_FIN | (compressed ? FrameDecoder.B0_RSV1 : 0) | opcode.bits();
        if (length <= FrameDecoder.CONTROL_LENGTH) {
            out.setShort(start, b0 << 8 | length);
        } else if (length <= 0xFFFF) {
            out.setInt(start, (b0 << 8 | FrameDecoder.LENGTH_16) << 16 | length);
        } else {
            out.setShort(start, b0 << 8 | FrameDecoder.LENGTH_64);
            out.setLong(start + 2, length);
        }
    }
}
