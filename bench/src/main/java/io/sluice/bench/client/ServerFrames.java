package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Reads a server's frames, which are not masked (RFC 6455, 5.2), from bytes in any pieces. A payload that nobody wants is stepped over
 * without a look at it, so that a receiver costs little beside the server that it measures.
 */
final class ServerFrames {

    /** What a frame is told to. */
    interface Listener {

        /** Whether the payload of the frame that begins is wanted. */
        boolean wants(int opcode);

        /** A frame has arrived whole. Borrows {@code payload}; null where it was not wanted. */
        void onFrame(int opcode, @Nullable ByteBuf payload);
    }

    private enum Stage {
        OPCODE,
        LENGTH,
        LONG_LENGTH,
        PAYLOAD
    }

    private static final int LENGTH_16 = 126;

    private final Listener listener;
    private Stage stage = Stage.OPCODE;
    private int opcode;
    private int missing;
    private long left;
    private boolean wanted;
    private @Nullable ByteBuf kept;

    ServerFrames(Listener listener) {
        this.listener = listener;
    }

    /** Reads all of {@code in}. Borrows it. */
    void read(ByteBuf in) {
        while (in.isReadable()) {
            if (stage == Stage.PAYLOAD) {
                payload(in);
            } else {
                header(in.readByte() & 0xFF);
            }
        }
    }

    private void header(int next) {
        switch (stage) {
            case OPCODE -> {
                opcode = next & 0x0F;
                stage = Stage.LENGTH;
            }
            case LENGTH -> length(next & 0x7F);
            case LONG_LENGTH -> {
                left = left << 8 | next;
                missing--;
                if (missing == 0) {
                    begin();
                }
            }
            case PAYLOAD -> throw new IllegalStateException("a payload has no header");
        }
    }

    private void length(int length) {
        if (length < LENGTH_16) {
            left = length;
            begin();
        } else {
            missing = length == LENGTH_16 ? 2 : 8;
            left = 0;
            stage = Stage.LONG_LENGTH;
        }
    }

    private void begin() {
        wanted = listener.wants(opcode);
        stage = Stage.PAYLOAD;
        if (left == 0) {
            end(wanted ? Unpooled.EMPTY_BUFFER : null);
        }
    }

    private void payload(ByteBuf in) {
        int here = (int) Math.min(left, in.readableBytes());
        left -= here;
        if (!wanted) {
            in.skipBytes(here);
            if (left == 0) {
                end(null);
            }
            return;
        }
        if (left == 0 && kept == null) {
            end(in.readSlice(here));
            return;
        }
        ByteBuf whole = kept == null ? Unpooled.buffer((int) (here + left)) : kept;
        whole.writeBytes(in, here);
        kept = left == 0 ? null : whole;
        if (left == 0) {
            end(whole);
        }
    }

    private void end(@Nullable ByteBuf payload) {
        stage = Stage.OPCODE;
        listener.onFrame(opcode, payload);
    }
}
