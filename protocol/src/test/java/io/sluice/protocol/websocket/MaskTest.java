package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MaskTest {

    @Test
    void everyLengthAtEveryOffsetIsUnmaskedAsByteByByte() {
        Random random = new Random(1);
        for (int length = 0; length < 80; length++) {
            for (int offset = 0; offset < 9; offset++) {
                byte[] bytes = new byte[offset + length + 9];
                random.nextBytes(bytes);
                int key = random.nextInt();
                byte[] expected = bytes.clone();
                for (int i = 0; i < length; i++) {
                    expected[offset + i] ^= (byte) (key >>> (24 - 8 * (i & 3)));
                }
                ByteBuf direct = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
                ByteBuf heap = Unpooled.wrappedBuffer(bytes.clone());
                CompositeByteBuf composite = Unpooled.compositeBuffer()
                        .addComponents(
                                true,
                                Unpooled.copiedBuffer(bytes, 0, 5),
                                Unpooled.copiedBuffer(bytes, 5, bytes.length - 5));
                for (ByteBuf buffer : new ByteBuf[] {direct, heap, composite}) {
                    Mask.unmask(buffer, offset, length, key);
                    byte[] actual = new byte[bytes.length];
                    buffer.getBytes(0, actual);
                    assertThat(actual).isEqualTo(expected);
                    buffer.release();
                }
            }
        }
    }

    /** Also in a buffer that is not one piece of memory. */
    @Test
    void textIsUnmaskedAndJudgedInOnePass() {
        byte[] text = "a\u00e9\u20ac\ud83d\ude00".repeat(9).getBytes(StandardCharsets.UTF_8);
        for (int length = 0; length <= text.length; length++) {
            byte[] masked = ClientBytes.frame(0x81, Arrays.copyOf(text, length));
            int head = masked.length - length;
            int key = Unpooled.wrappedBuffer(masked).getInt(head - 4);
            ByteBuf whole = Unpooled.copiedBuffer(masked);
            ByteBuf composite = Unpooled.wrappedBuffer(
                    Unpooled.copiedBuffer(masked, 0, head), Unpooled.copiedBuffer(masked, head, length));
            int expected = Utf8Validator.validate(Utf8Validator.ACCEPT, ByteBuffer.wrap(text), 0, length);
            for (ByteBuf buffer : new ByteBuf[] {whole, composite}) {
                assertThat(Mask.unmaskUtf8(buffer, head, length, key, Utf8Validator.ACCEPT))
                        .isEqualTo(expected);
                assertThat(ByteBufUtil.getBytes(buffer, head, length)).isEqualTo(Arrays.copyOf(text, length));
                buffer.release();
            }
        }
    }

    @Test
    void theKeyOfTheBytesThatFollowIsRotated() {
        assertThat(Mask.rotate(0x01020304, 5)).isEqualTo(0x02030401);
        assertThat(Mask.rotate(0x01020304, 8)).isEqualTo(0x01020304);
    }
}
