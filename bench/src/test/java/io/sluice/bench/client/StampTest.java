package io.sluice.bench.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StampTest {

    @Test
    void aStampIsATildeAndSixteenDigits() {
        assertThat(Stamp.of(0x0123456789abcdefL)).isEqualTo("~0123456789abcdef");
    }

    @Test
    void whatIsWrittenIsReadWhereverItStands() {
        for (long nanos : List.of(0L, 1L, 0x0123456789abcdefL, Long.MAX_VALUE)) {
            assertThat(read("{\"data\":\"" + Stamp.of(nanos) + "xxx\"}")).isEqualTo(nanos);
        }
    }

    @Test
    void aTextWithoutOneOrWithHalfOfOneHasNone() {
        assertThat(read("{\"op\":\"welcome\"}")).isEqualTo(-1);
        assertThat(read("~0123456789abcde")).isEqualTo(-1);
    }

    private static long read(String text) {
        return Stamp.read(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
    }
}
