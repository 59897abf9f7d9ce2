package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
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

    @Test
    void theKeyOfTheBytesThatFollowIsRotated() {
        assertThat(Mask.rotate(0x01020304, 5)).isEqualTo(0x02030401);
        assertThat(Mask.rotate(0x01020304, 8)).isEqualTo(0x01020304);
    }
}
