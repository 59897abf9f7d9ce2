package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FrameEncoderTest {

    private static final ByteBufAllocator ALLOC = ByteBufAllocator.DEFAULT;

    @ParameterizedTest
    @CsvSource({
        "0, 8100",
        "1, 8101",
        "125, 817d",
        "126, 817e007e",
        "65535, 817effff",
        "65536, 817f0000000000010000",
    })
    void aPayloadBehindHeadRoomIsFramedInPlace(int length, String header) {
        ByteBuf payload = FrameEncoder.buffer(ALLOC, length).writeZero(length);
        ByteBuf frame = FrameEncoder.frame(Opcode.TEXT, payload);
        assertThat(frame).isSameAs(payload);
        assertThat(ClientBytes.hex(frame)).isEqualTo(header + "00".repeat(length));
        frame.release();
    }

    @Test
    void aPayloadWithoutHeadRoomIsABugOfTheCaller() {
        ByteBuf payload = ALLOC.buffer().writeByte(1);
        assertThatThrownBy(() -> FrameEncoder.frame(Opcode.TEXT, payload)).hasMessageContaining("head room: 0 bytes");
        payload.release();
    }

    @Test
    void aCompressedMessageHasTheFirstReservedBit() {
        ByteBuf frame = FrameEncoder.frame(
                Opcode.BINARY, true, FrameEncoder.buffer(ALLOC, 1).writeByte(7));
        assertThat(ClientBytes.hex(frame)).isEqualTo("c20107");
        frame.release();
    }

    @ParameterizedTest
    @CsvSource({"5, 5", "5, 200", "200, 5", "125, 126", "126, 125", "65536, 3", "3, 65536", "65535, 65536"})
    void framesOfAnyGuessAreAppendedOneBehindAnother(int expected, int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        ByteBuf out = ALLOC.buffer();
        for (int n = 0; n < 3; n++) {
            int payload = FrameEncoder.begin(out, expected);
            out.writeBytes(bytes);
            FrameEncoder.end(out, Opcode.BINARY, false, payload, expected);
        }
        ByteBuf one = FrameEncoder.buffer(ALLOC, length);
        one.writeBytes(bytes);
        String frame = ClientBytes.hex(FrameEncoder.frame(Opcode.BINARY, one));
        assertThat(ClientBytes.hex(out)).isEqualTo(frame + frame + frame);
        out.release();
        one.release();
    }
}
