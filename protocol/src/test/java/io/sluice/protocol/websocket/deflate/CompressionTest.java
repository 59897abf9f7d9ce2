package io.sluice.protocol.websocket.deflate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a server sends is read by a peer that has exactly the window it asked for. */
final class CompressionTest {

    @Test
    void inAllCombinationsOfParametersThePeersWindowIsEnough() {
        LegalOffer.all().forEach(offer -> {
            PerMessageDeflate agreed = agreed(offer.header());
            assertThat(agreed.serverContextTakeover()).isEqualTo(offer.serverTakeover());
            assertThat(agreed.clientContextTakeover()).isEqualTo(offer.clientTakeover());
            roundTrip(agreed);
            roundTrip(mirrored(agreed));
        });
    }

    /** Messages shorter than, about as long as and much longer than the window, sent by the server; read by two kinds of peers. */
    private static void roundTrip(PerMessageDeflate agreed) {
        int window = 1 << agreed.serverMaxWindowBits();
        Random random = new Random(window);
        StrictInflater strict = new StrictInflater(agreed.serverMaxWindowBits(), agreed.serverContextTakeover());
        MessageInflater ours = new MessageInflater(mirrored(agreed));
        MessageDeflater deflater = new MessageDeflater(agreed);
        int compressed = 0;
        for (int length : new int[] {60, window / 2, window - 1, 200, window, window + 1, 3 * window + 7, 100}) {
            byte[] message = words(random, length);
            byte[] payload = deflated(deflater, message);
            if (payload == null) {
                continue;
            }
            compressed++;
            assertThat(payload).hasSizeLessThan(length);
            assertThat(strict.message(payload)).isEqualTo(message);
            assertThat(inflated(ours, payload, length)).isEqualTo(message);
        }
        assertThat(compressed).isGreaterThan(3);
        assertThat(strict.farthest()).isLessThanOrEqualTo(window).isGreaterThan(window / 8);
        deflater.release();
        ours.release();
    }

    @Test
    void withContextTakeoverAMessageLikeTheLastOneIsMuchSmaller() {
        byte[] message = words(new Random(1), 400);
        MessageDeflater alone = new MessageDeflater(agreed("permessage-deflate; server_no_context_takeover"));
        MessageDeflater context = new MessageDeflater(agreed("permessage-deflate"));
        byte[] first = deflated(context, message);
        assertThat(first).isEqualTo(deflated(alone, message)).isEqualTo(deflated(alone, message));
        byte[] second = deflated(context, message);
        assertThat(second).isNotNull().hasSizeLessThan(20);
        StrictInflater peer = new StrictInflater(15, true);
        assertThat(peer.message(requireSent(first))).isEqualTo(message);
        assertThat(peer.message(requireSent(second))).isEqualTo(message);
        context.release();
    }

    @Test
    void whatIsSentAsItIsIsNoContextOfWhatFollows() {
        MessageDeflater deflater = new MessageDeflater(agreed("permessage-deflate"));
        StrictInflater peer = new StrictInflater(15, true);
        Random random = new Random(2);
        byte[] text = words(random, 300);
        byte[] noise = new byte[300];
        random.nextBytes(noise);
        assertThat(peer.message(requireSent(deflated(deflater, text)))).isEqualTo(text);
        assertThat(deflated(deflater, noise)).isNull();
        assertThat(peer.message(requireSent(deflated(deflater, text)))).isEqualTo(text);
        byte[] twice = Unpooled.copiedBuffer(noise, noise).array();
        assertThat(peer.message(requireSent(deflated(deflater, twice)))).isEqualTo(twice);
        deflater.release();
    }

    @Test
    void aMessageShorterThanTheMinimumIsSentAsItIs() {
        Compression compression = Compression.of(15, new DeflateSettings(false, 6, 256));
        ByteBuf payload = Unpooled.wrappedBuffer(new byte[256]);
        ByteBuf deflated = compression.deflate(ByteBufAllocator.DEFAULT, 10, payload);
        assertThat(deflated).isNotNull();
        assertThat(payload.readableBytes()).isEqualTo(256);
        if (deflated != null) {
            assertThat(deflated.readerIndex()).isEqualTo(10);
            deflated.release();
        }
        assertThat(compression.deflate(ByteBufAllocator.DEFAULT, 10, payload.slice(0, 255)))
                .isNull();
    }

    @Test
    void whatDoesNotBecomeSmallerIsSentAsItIs() {
        Compression compression = Compression.of(15, new DeflateSettings(false, 6, 0));
        Random random = new Random(3);
        for (int length : new int[] {0, 1, 5, 100, 1000, 100_000}) {
            byte[] noise = new byte[length];
            random.nextBytes(noise);
            assertThat(compression.deflate(ByteBufAllocator.DEFAULT, 10, Unpooled.wrappedBuffer(noise)))
                    .isNull();
        }
    }

    @Test
    void buffersOfEveryKindAreTaken() {
        byte[] message = words(new Random(4), 5000);
        MessageDeflater deflater = new MessageDeflater(agreed("permessage-deflate; server_no_context_takeover"));
        ByteBuf composite = Unpooled.wrappedBuffer(
                Unpooled.wrappedBuffer(message, 0, 17),
                Unpooled.directBuffer().writeBytes(message, 17, 3000),
                Unpooled.wrappedBuffer(message, 3017, message.length - 3017));
        ByteBuf[] kinds = {
            Unpooled.wrappedBuffer(message),
            Unpooled.directBuffer().writeBytes(message),
            ByteBufAllocator.DEFAULT.buffer().writeZero(3).skipBytes(3).writeBytes(message),
            Unpooled.wrappedBuffer(message).asReadOnly(),
            composite
        };
        for (ByteBuf kind : kinds) {
            ByteBuf deflated = deflater.deflate(ByteBufAllocator.DEFAULT, 0, kind);
            assertThat(deflated).isNotNull();
            if (deflated != null) {
                assertThat(new StrictInflater(15, false).message(ByteBufUtil.getBytes(deflated)))
                        .isEqualTo(message);
                deflated.release();
            }
            assertThat(kind.readableBytes()).isEqualTo(message.length);
            kind.release();
        }
    }

    @Test
    void outputThatFillsItsBufferExactlyIsWhole() {
        MessageDeflater deflater = new MessageDeflater(agreed("permessage-deflate; server_no_context_takeover"));
        Random random = new Random(5);
        for (int length = 300; length < 1500; length++) {
            byte[] message = new byte[length];
            random.nextBytes(message);
            for (int i = 0; i < length; i++) {
                message[i] &= 0x3F;
            }
            byte[] payload = deflated(deflater, message);
            assertThat(new StrictInflater(15, false).message(requireSent(payload)))
                    .isEqualTo(message);
        }
    }

    @Test
    void socketsWithTheSameParametersShareOneCompression() {
        DeflateSettings settings = DeflateSettings.DEFAULT;
        Compression compression = compression("permessage-deflate", settings);
        assertThat(compression).isNotNull();
        assertThat(compression("permessage-deflate; client_max_window_bits=9; server_no_context_takeover", settings))
                .isSameAs(compression);
        assertThat(compression("permessage-deflate; server_max_window_bits=15", settings))
                .isSameAs(compression);
        assertThat(compression("permessage-deflate; server_max_window_bits=14", settings))
                .isNotSameAs(compression);
        assertThat(compression("permessage-deflate", new DeflateSettings(true, 6, 256)))
                .isNull();
        assertThat(compression("permessage-deflate; server_no_context_takeover", new DeflateSettings(true, 6, 256)))
                .isSameAs(compression);
        for (int bits = 8; bits <= 15; bits++) {
            assertThat(Compression.of(bits, settings).index())
                    .isEqualTo(bits - 8)
                    .isLessThan(Compression.COUNT);
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new DeflateSettings(false, 0, 0)).hasMessage("level: 0 (expected: 1 to 9)");
        assertThatThrownBy(() -> new DeflateSettings(false, 10, 0)).hasMessage("level: 10 (expected: 1 to 9)");
        assertThatThrownBy(() -> new DeflateSettings(false, 9, -1)).hasMessage("minimumBytes: -1 (expected: >= 0)");
    }

    private static @Nullable Compression compression(String offer, DeflateSettings settings) {
        return PerMessageDeflate.accept(offer(offer), settings).compression();
    }

    private static PerMessageDeflate agreed(String offer) {
        return PerMessageDeflate.accept(offer(offer), new DeflateSettings(true, 6, 0));
    }

    private static DeflateOffer offer(String header) {
        List<DeflateOffer> offers = DeflateOffer.parse(List.of(header));
        if (offers == null) {
            throw new AssertionError(header);
        }
        return offers.get(0);
    }

    /** The same agreement, seen from the other side. */
    private static PerMessageDeflate mirrored(PerMessageDeflate agreed) {
        return new PerMessageDeflate(
                agreed.clientContextTakeover(),
                agreed.serverContextTakeover(),
                agreed.clientMaxWindowBits(),
                agreed.serverMaxWindowBits(),
                agreed.response(),
                agreed.settings());
    }

    private static byte @Nullable [] deflated(MessageDeflater deflater, byte[] message) {
        ByteBuf deflated = deflater.deflate(ByteBufAllocator.DEFAULT, 0, Unpooled.wrappedBuffer(message));
        if (deflated == null) {
            return null;
        }
        byte[] payload = ByteBufUtil.getBytes(deflated);
        deflated.release();
        return payload;
    }

    private static byte[] requireSent(byte @Nullable [] payload) {
        if (payload == null) {
            throw new AssertionError("sent as it is");
        }
        return payload;
    }

    private static byte[] inflated(MessageInflater inflater, byte[] payload, int length) {
        ByteBuf out = ByteBufAllocator.DEFAULT.buffer(length + 1);
        inflater.input(Unpooled.wrappedBuffer(payload), 0, payload.length);
        assertThat(inflater.inflate(out)).isEqualTo(MessageInflater.Progress.HUNGRY);
        assertThat(inflater.end(ByteBufAllocator.DEFAULT, out)).isTrue();
        byte[] message = ByteBufUtil.getBytes(out);
        out.release();
        return message;
    }

    /** Text that repeats itself at all distances. */
    static byte[] words(Random random, int length) {
        String[] words = new String[40];
        for (int i = 0; i < words.length; i++) {
            words[i] = Long.toString(random.nextLong() & 0xFFFFFFFL, 36);
        }
        StringBuilder text = new StringBuilder();
        while (text.length() < length) {
            text.append(words[random.nextInt(words.length)]).append(' ');
        }
        text.setLength(length);
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
