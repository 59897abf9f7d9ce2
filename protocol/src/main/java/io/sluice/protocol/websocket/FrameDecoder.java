package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's frames from bytes that come in any pieces (RFC 6455, 5.2). It keeps no bytes: a header is held as numbers, and the
 * payload is passed on as it arrives. Each rule is checked on the first byte that can break it.
 *
 * <pre>
 *   byte 0            byte 1            then               then
 *  +-+-+-+-+-------+ +-+-------------+ +----------------+ +-------------+ +---------+
 *  |F|R|R|R|opcode | |M|   length    | | 126: 2 bytes   | | masking key | | payload |
 *  |I|S|S|S|       | |A|             | | 127: 8 bytes   | |   4 bytes   | | (masked)|
 *  |N|V|V|V|       | |S|             | | else: nothing  | |             | |         |
 *  | |1|2|3|       | |K|             | |                | |             | |         |
 *  +-+-+-+-+-------+ +-+-------------+ +----------------+ +-------------+ +---------+
 * </pre>
 */
final class FrameDecoder {

    static final int B0_FIN = 0x80;
    static final int B0_RSV1 = 0x40;
    static final int B0_RSV = 0x70;
    static final int B1_MASK = 0x80;
    static final int B1_LENGTH = 0x7F;
    static final int LENGTH_16 = 126;
    static final int LENGTH_64 = 127;
    static final int CONTROL_LENGTH = 125;

    /** What a frame is told to, piece by piece. Each method may refuse; then the connection has failed and no other method is called. */
    interface Listener {

        /** The first byte of a frame. {@code rsv1} is set only where the decoder was told that it has a meaning. */
        @Nullable
        Violation onFrame(boolean fin, boolean rsv1, Opcode opcode);

        /** The length of its payload, before any of the payload. */
        @Nullable
        Violation onLength(long length);

        /**
         * The next {@code length} readable bytes of {@code in} are payload, still masked with {@code key}; {@code end} with the last of
         * them. Called once with no bytes where the payload is empty. Borrows {@code in}; the decoder moves its reader index afterwards.
         */
        @Nullable
        Violation onPayload(ByteBuf in, int length, int key, boolean end);
    }

    private static final byte BYTE_0 = 0;
    private static final byte BYTE_1 = 1;
    private static final byte LENGTH = 2;
    private static final byte KEY = 3;
    private static final byte PAYLOAD = 4;

    private final Listener listener;
    private final boolean rsv1Allowed;
    private byte stage = BYTE_0;
    private byte missing;
    private boolean control;
    private int key;
    /** The least value that may be written in as many length bytes as this frame has. */
    private int shortest;

    private long length;

    /** @param rsv1Allowed whether an extension was agreed that gives RSV1 of a message's first frame a meaning */
    FrameDecoder(Listener listener, boolean rsv1Allowed) {
        this.listener = listener;
        this.rsv1Allowed = rsv1Allowed;
    }

    /** Whether the last byte read was the last one of a frame. */
    boolean betweenFrames() {
        return stage == BYTE_0;
    }

    /** Reads at most one frame, or what there is of it, and says what is wrong with it. Borrows {@code in}, and unmasks in it. */
    @Nullable
    Violation decode(ByteBuf in) {
        while (stage != PAYLOAD) {
            if (!in.isReadable()) {
                return null;
            }
            Violation violation = header(in);
            if (violation != null) {
                return violation;
            }
        }
        return payload(in);
    }

    private @Nullable Violation header(ByteBuf in) {
        return switch (stage) {
            case BYTE_0 -> in.readableBytes() > 1 ? bytes0And1(in.readShort()) : byte0(in.readByte());
            case BYTE_1 -> byte1(in.readByte());
            case LENGTH -> extendedLength(in.readUnsignedByte());
            default -> key(in);
        };
    }

    private @Nullable Violation bytes0And1(int both) {
        Violation violation = byte0(both >> 8);
        return violation == null ? byte1(both) : violation;
    }

    private @Nullable Violation byte0(int b0) {
        Opcode opcode = Opcode.of(b0);
        if (opcode == null) {
            return Violation.RESERVED_OPCODE;
        }
        boolean fin = (b0 & B0_FIN) != 0;
        control = opcode.isControl();
        int allowed = rsv1Allowed && !control && opcode != Opcode.CONTINUATION ? B0_RSV1 : 0;
        if ((b0 & B0_RSV & ~allowed) != 0) {
            return Violation.RESERVED_BIT;
        }
        if (control && !fin) {
            return Violation.FRAGMENTED_CONTROL;
        }
        stage = BYTE_1;
        return listener.onFrame(fin, (b0 & B0_RSV1) != 0, opcode);
    }

    private @Nullable Violation byte1(int b1) {
        if ((b1 & B1_MASK) == 0) {
            return Violation.UNMASKED_FRAME;
        }
        int bits = b1 & B1_LENGTH;
        if (bits <= CONTROL_LENGTH) {
            return lengthIs(bits);
        }
        if (control) {
            return Violation.CONTROL_TOO_LONG;
        }
        length = 0;
        missing = (byte) (bits == LENGTH_16 ? 2 : 8);
        stage = LENGTH;
        shortest = bits == LENGTH_16 ? LENGTH_16 : 1 << 16;
        return null;
    }

    private @Nullable Violation extendedLength(int b) {
        if (missing == 8 && (b & 0x80) != 0) {
            return Violation.LENGTH_NEGATIVE;
        }
        length = length << 8 | b;
        missing--;
        if (missing > 0) {
            return null;
        }
        return length >= shortest ? lengthIs(length) : Violation.LENGTH_NOT_MINIMAL;
    }

    private @Nullable Violation lengthIs(long value) {
        length = value;
        key = 0;
        missing = 4;
        stage = KEY;
        return listener.onLength(value);
    }

    /** No key is wrong: "0000" is one too. */
    private @Nullable Violation key(ByteBuf in) {
        if (missing == 4 && in.readableBytes() >= 4) {
            key = in.readInt();
            stage = PAYLOAD;
            return null;
        }
        key = key << 8 | in.readUnsignedByte();
        missing--;
        if (missing == 0) {
            stage = PAYLOAD;
        }
        return null;
    }

    private @Nullable Violation payload(ByteBuf in) {
        int start = in.readerIndex();
        int available = (int) Math.min(length, in.writerIndex() - start);
        boolean end = available == length;
        if (available == 0 && !end) {
            return null;
        }
        int masked = key;
        length -= available;
        if (end) {
            stage = BYTE_0;
        } else {
            key = Mask.rotate(key, available);
        }
        try {
            return listener.onPayload(in, available, masked, end);
        } finally {
            in.readerIndex(start + available);
        }
    }
}
