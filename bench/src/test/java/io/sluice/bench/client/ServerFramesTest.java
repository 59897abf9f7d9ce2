package io.sluice.bench.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ServerFramesTest {

    /** A text "Hi", a ping with no payload, a text of 126 bytes, a binary of 65,536 bytes, a close. */
    private static final String BYTES = "81024869" + "8900" + "817e007e" + "78".repeat(126) + "827f0000000000010000"
            + "00".repeat(65_536) + "880203e8";

    private static final List<String> FRAMES =
            List.of("1 4869", "9 ", "1 " + "78".repeat(126), "2 " + "00".repeat(65_536), "8 03e8");

    @Test
    void framesOfEveryLengthAreHandedOutWhole() {
        assertThat(read(true, ByteBufUtil.decodeHexDump(BYTES).length)).isEqualTo(FRAMES);
    }

    @Test
    void theSameBytesInAnyPiecesAreTheSameFrames() {
        for (int piece : new int[] {1, 2, 3, 5, 7, 100, 1460}) {
            assertThat(read(true, piece)).as("pieces of %d", piece).isEqualTo(FRAMES);
        }
    }

    @Test
    void whatIsNotWantedIsCountedAndNotKept() {
        assertThat(read(false, 1)).containsExactly("1 -", "9 -", "1 -", "2 -", "8 -");
    }

    private static List<String> read(boolean wanted, int piece) {
        List<String> seen = new ArrayList<>();
        ServerFrames frames = new ServerFrames(new ServerFrames.Listener() {
            @Override
            public boolean wants(int opcode) {
                return wanted;
            }

            @Override
            public void onFrame(int opcode, @Nullable ByteBuf payload) {
                seen.add(opcode + " " + (payload == null ? "-" : ByteBufUtil.hexDump(payload)));
            }
        });
        byte[] all = ByteBufUtil.decodeHexDump(BYTES);
        for (int at = 0; at < all.length; at += piece) {
            frames.read(Unpooled.wrappedBuffer(all, at, Math.min(piece, all.length - at)));
        }
        return seen;
    }
}
