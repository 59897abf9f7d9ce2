package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.json.Decoding.VALID;
import static io.sluice.protocol.subprotocol.json.Decoding.bytes;
import static io.sluice.protocol.subprotocol.json.Decoding.decode;
import static io.sluice.protocol.subprotocol.json.Decoding.publish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Any bytes in any memory: never an exception, never kept, never moved. */
final class NativeJsonBytesTest {

    private final NativeJson json = new NativeJson();

    @Test
    void everyTruncationOfAValidMessageIsRefused() {
        for (String message : VALID) {
            byte[] whole = bytes(message);
            assertThat(decode(whole)).as(message).isNotInstanceOf(Refused.class);
            for (int length = 0; length < whole.length; length++) {
                assertThat(decode(Arrays.copyOf(whole, length)))
                        .as("%s cut at %d", message, length)
                        .isInstanceOf(Refused.class);
            }
        }
    }

    @Test
    void noBytesMakeItThrow() {
        Random random = new Random(70);
        RandomJson generator = new RandomJson(random);
        int refused = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] message = generator.mutated(bytes(VALID[random.nextInt(VALID.length)]));
            if (decode(message) instanceof Refused) {
                refused++;
            } else {
                assertThat(Jackson.accepts(message)).as("message %d", i).isTrue();
            }
        }
        assertThat(refused).isBetween(50_000, 190_000);
    }

    @Test
    void everyKindOfBufferIsBorrowed() {
        byte[] message = bytes(VALID[3]);
        ByteBuf heap =
                Unpooled.buffer().writeBytes(new byte[3]).writeBytes(message).skipBytes(3);
        ByteBuf slice = heap.slice();
        ByteBuf direct = Unpooled.directBuffer()
                .writeBytes(new byte[3])
                .writeBytes(message)
                .skipBytes(3);
        ByteBuf composite = Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(message, 0, 9), Unpooled.copiedBuffer(message, 9, message.length - 9));
        for (ByteBuf buffer : List.of(heap, slice, direct, composite, heap.asReadOnly())) {
            int readerIndex = buffer.readerIndex();
            Publish publish = (Publish) json.decode(buffer);
            assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("{\"text\":\"hi \\u0041\"}");
            assertThat(buffer.readerIndex()).isEqualTo(readerIndex);
            assertThat(buffer.refCnt()).isOne();
        }
        for (ByteBuf buffer : List.of(heap, direct, composite)) {
            buffer.release();
        }
    }

    @Test
    void theResultSharesNothingWithTheBuffer() {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes("{'op':'publish','topic':'t','text':'abc','headers':{'h':'v'}}"));
        Publish publish = (Publish) json.decode(buffer);
        Arrays.fill(buffer.array(), (byte) 'x');
        assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("abc");
        assertThat(publish.headers()).isEqualTo(Collections.singletonMap("h", "v"));
    }
}
