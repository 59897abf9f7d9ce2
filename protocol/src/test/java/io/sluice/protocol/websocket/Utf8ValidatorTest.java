package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the JDK's decoder, which is another implementation of RFC 3629. */
final class Utf8ValidatorTest {

    private static final CharsetDecoder JDK = StandardCharsets.UTF_8.newDecoder();

    /** Millions of buffers, whose every access would be recorded. */
    private static final ByteBufAllocator UNTRACKED = new UnpooledByteBufAllocator(true, true);

    @Test
    void everySequenceOfThreeBytesIsJudgedAsByTheJdk() {
        byte[] bytes = new byte[3];
        int[] interesting = {0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1};
        for (int first = 0; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                for (int third : interesting) {
                    bytes[0] = (byte) first;
                    bytes[1] = (byte) second;
                    bytes[2] = (byte) third;
                    assertSame(bytes);
                }
            }
        }
    }

    @Test
    void everySecondByteOfFourIsJudgedAsByTheJdk() {
        for (int first = 0xE0; first < 256; first++) {
            for (int second = 0; second < 256; second++) {
                assertSame(new byte[] {(byte) first, (byte) second, (byte) 0x80, (byte) 0xBF});
                assertSame(new byte[] {'a', 'b', 'c', 'd', (byte) first, (byte) second, (byte) 0x80, (byte) 0xBF, 'x'});
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void randomTextWithRandomErrorsIsJudgedAsByTheJdk(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 3000; round++) {
            byte[] bytes = text(random, random.nextInt(120)).getBytes(StandardCharsets.UTF_8);
            if (bytes.length > 0 && random.nextBoolean()) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            assertSame(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void textInAnyPiecesAndAnyMaskIsJudgedAsInOne(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            byte[] bytes = text(random, random.nextInt(60)).getBytes(StandardCharsets.UTF_8);
            int key = random.nextInt();
            for (int cut = 0; cut <= bytes.length; cut++) {
                ByteBuf masked = masked(bytes, key, random.nextBoolean());
                int state = Mask.unmaskUtf8(masked, 3, cut, key, Utf8Validator.ACCEPT);
                state = Mask.unmaskUtf8(masked, 3 + cut, bytes.length - cut, Mask.rotate(key, cut), state);
                assertThat(state).isEqualTo(Utf8Validator.ACCEPT);
                assertThat(unmasked(masked)).isEqualTo(bytes);
                masked.release();
            }
        }
    }

    @Test
    void aBadByteAnywhereInALongTextIsFound() {
        for (int length : new int[] {1, 7, 8, 31, 32, 33, 63, 64, 65, 100}) {
            for (int at = 0; at < length; at++) {
                byte[] bytes = "x".repeat(length).getBytes(StandardCharsets.US_ASCII);
                bytes[at] = (byte) 0xFF;
                ByteBuf masked = masked(bytes, 0x01020304, true);
                assertThat(Mask.unmaskUtf8(masked, 3, length, 0x01020304, Utf8Validator.ACCEPT))
                        .isEqualTo(Utf8Validator.REJECT);
                masked.release();
            }
        }
    }

    private static void assertSame(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        boolean valid = Utf8Validator.validate(Utf8Validator.ACCEPT, buffer, 0, bytes.length) == Utf8Validator.ACCEPT;
        if (valid != jdk(bytes)) {
            assertThat(bytes).as("valid: " + jdk(bytes)).isEmpty();
        }
    }

    private static boolean jdk(byte[] bytes) {
        JDK.reset();
        CharBuffer out = CharBuffer.allocate(bytes.length);
        return !JDK.decode(ByteBuffer.wrap(bytes), out, true).isError()
                && !JDK.flush(out).isError();
    }

    private static String text(Random random, int characters) {
        int[] bounds = {0x80, 0x80, 0x80, 0x800, 0xD800, 0x110000};
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < characters; n++) {
            int c = random.nextInt(bounds[random.nextInt(bounds.length)]);
            text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? 'x' : c);
        }
        return text.toString();
    }

    private static ByteBuf masked(byte[] bytes, int key, boolean direct) {
        byte[] masked = new byte[bytes.length + 3];
        for (int i = 0; i < bytes.length; i++) {
            masked[i + 3] = (byte) (bytes[i] ^ key >>> (24 - 8 * (i & 3)));
        }
        return direct ? UNTRACKED.directBuffer(masked.length).writeBytes(masked) : Unpooled.wrappedBuffer(masked);
    }

    private static byte[] unmasked(ByteBuf masked) {
        byte[] bytes = new byte[masked.readableBytes() - 3];
        masked.getBytes(3, bytes);
        return bytes;
    }
}
