package io.sluice.protocol.subprotocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.subprotocol.ClientMessage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Whatever a client says: it is understood or refused, in whatever memory it lies, and never by an exception. */
final class NativeJsonFuzzTest {

    private final NativeJson json = new NativeJson();

    @FuzzTest(maxDuration = "1m")
    void anyBytesAreUnderstoodOrRefused(byte[] bytes) {
        ByteBuf heap = Unpooled.wrappedBuffer(bytes);
        ByteBuf direct = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
        try {
            ClientMessage message = json.decode(heap);
            assertThat(json.decode(direct)).hasSameClassAs(message);
            assertThat(heap.readableBytes()).isEqualTo(bytes.length);
            assertThat(direct.readableBytes()).isEqualTo(bytes.length);
            // Whether text is UTF-8 was decided before.
            boolean utf8 =
                    Arrays.equals(new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8), bytes);
            if (utf8 && !(message instanceof ClientMessage.Refused)) {
                assertThat(Jackson.accepts(bytes))
                        .as("whatever is understood is JSON")
                        .isTrue();
            }
        } finally {
            heap.release();
            direct.release();
        }
    }
}
