package io.sluice.protocol.websocket.deflate;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageInflaterTest {

    private static final byte[] HELLO = ByteBufUtil.decodeHexDump("f248cdc9c90700");

    @Test
    void whatAClientsZlibMakesIsInflatedWhateverThePiecesAndTheRoom() {
        Random random = new Random(1951);
        for (boolean takeover : new boolean[] {false, true}) {
            MessageInflater inflater = new MessageInflater(agreed(takeover, 15));
            try (ClientDeflater client = new ClientDeflater(takeover)) {
                for (int n = 0; n < 300; n++) {
                    byte[] message = message(random);
                    byte[] payload = client.payload(message);
                    ByteBuf out = Unpooled.directBuffer(1);
                    for (int from = 0; from < payload.length; ) {
                        int length = 1 + random.nextInt(payload.length - from);
                        inflate(inflater, payload, from, length, out, 1 + random.nextInt(5000));
                        from += length;
                    }
                    out.ensureWritable(1);
                    assertThat(inflater.end(ByteBufAllocator.DEFAULT, out)).isTrue();
                    assertThat(ByteBufUtil.getBytes(out)).isEqualTo(message);
                    assertThat(inflater.isIdle()).isTrue();
                    out.release();
                }
            }
            inflater.release();
        }
    }

    private static void inflate(MessageInflater inflater, byte[] payload, int from, int length, ByteBuf out, int step) {
        inflater.input(Unpooled.wrappedBuffer(payload), from, length);
        MessageInflater.Progress progress;
        do {
            out.capacity(Math.max(out.capacity(), out.writerIndex() + step));
            progress = inflater.inflate(out);
        } while (progress == MessageInflater.Progress.FULL);
        assertThat(progress).isEqualTo(MessageInflater.Progress.HUNGRY);
    }

    /** Text, noise or zeros, of up to 100,000 bytes, mostly short. */
    private static byte[] message(Random random) {
        int length = random.nextInt(1 << random.nextInt(17));
        return switch (random.nextInt(3)) {
            case 0 -> new byte[length];
            case 1 -> {
                byte[] noise = new byte[length];
                random.nextBytes(noise);
                yield noise;
            }
            default -> CompressionTest.words(random, length);
        };
    }

    @Test
    void everyPrefixOfAMessageIsNotAWholeMessage() {
        for (String hex : new String[] {
            "f248cdc9c90700", // fixed Huffman codes
            "000500faff48656c6c6f00", // stored
            "f348cdc9c9070000", // BFINAL
            "f24805000000ffffcac9c90700" // two blocks
        }) {
            byte[] payload = ByteBufUtil.decodeHexDump(hex);
            for (int length = 0; length < payload.length; length++) {
                // A block that ends with the prefix is a whole message, if a shorter one.
                boolean block = hex.startsWith(length == 1 ? "00" : "f2480500") && (length == 1 || length == 4);
                assertThat(isMessage(Arrays.copyOf(payload, length)))
                        .as("%s of %s", length, hex)
                        .isEqualTo(block);
            }
            assertThat(isMessage(payload)).isTrue();
        }
    }

    @Test
    void everyPrefixOfADynamicBlockIsNotAWholeMessage() {
        byte[] payload;
        try (ClientDeflater client = new ClientDeflater(false)) {
            payload = client.payload(CompressionTest.words(new Random(6), 2000));
        }
        for (int length = 0; length < payload.length; length++) {
            assertThat(isMessage(Arrays.copyOf(payload, length)))
                    .as("%s bytes", length)
                    .isFalse();
        }
        assertThat(isMessage(payload)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // not even an empty block
                "f248cdc9c907000000ffff", // the tail was left on
                "f248cdc9c9070000", // and a byte too many
                "f248cdc9c907000000", // two
                "f348cdc9c90700", // BFINAL, and no block behind it
                "f348cdc9c9070007", // BFINAL, and then no DEFLATE
                "06", // block type 3
                "000500fafe48656c6c6f00", // stored, length and complement differ
                "0005", // a length without end
                "0201", // a literal and then nothing
                "5200", // a distance with nothing there
                "f200110000", // into the message before, which is none
                "ff",
                "ffffffff",
                "0700000000"
            })
    void whatIsNotDeflateIsNoMessage(String hex) {
        assertThat(isMessage(ByteBufUtil.decodeHexDump(hex))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"00", "f248cdc9c90700", "f348cdc9c9070000", "0300f248cdc9c90700", "f248cdc9c907000000ffff00"})
    void whatIsDeflateIsAMessage(String hex) {
        assertThat(isMessage(ByteBufUtil.decodeHexDump(hex))).isTrue();
    }

    @Test
    void randomBytesAndDamagedMessagesAreNeverAnException() {
        Random random = new Random(63);
        int messages = 0;
        for (int n = 0; n < 50_000; n++) {
            byte[] bytes = n % 2 == 0 ? HELLO.clone() : new byte[random.nextInt(40)];
            if (n % 2 == 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            } else {
                random.nextBytes(bytes);
            }
            messages += isMessage(bytes) ? 1 : 0;
        }
        assertThat(messages).isBetween(1, 40_000);
    }

    @Test
    void theContextIsForgottenBeyondTheWindowThatWasAgreed() {
        MessageInflater inflater = new MessageInflater(agreed(true, 8));
        try (ClientDeflater client = new ClientDeflater(true)) {
            byte[] first = CompressionTest.words(new Random(7), 400);
            assertThat(take(inflater, client.payload(first))).isTrue();
            byte[] last = Arrays.copyOfRange(first, 400 - 200, 400);
            assertThat(take(inflater, client.payload(last))).as("200 back").isTrue();
            assertThat(take(inflater, client.payload(Arrays.copyOf(first, 100))))
                    .as("600 back")
                    .isFalse();
        }
        inflater.release();
    }

    @Test
    void withoutContextTakeoverAMessageThatRefersToTheLastOneIsRefused() {
        MessageInflater inflater = new MessageInflater(agreed(false, 15));
        assertThat(take(inflater, HELLO)).isTrue();
        assertThat(take(inflater, ByteBufUtil.decodeHexDump("f200110000"))).isFalse();
        assertThat(take(inflater, HELLO)).isTrue();
    }

    @Test
    void aConnectionHoldsNoInflaterBetweenTwoMessages() {
        List<MessageInflater> connections = new ArrayList<>();
        for (int n = 0; n < 1000; n++) {
            MessageInflater inflater = new MessageInflater(agreed(n % 2 == 0, 15));
            assertThat(take(inflater, HELLO)).isTrue();
            connections.add(inflater);
        }
        assertThat(LiveInflaters.count()).isLessThanOrEqualTo(LiveInflaters.IDLE);
        connections.forEach(MessageInflater::release);
    }

    /** What docs/compression.md says of a connection with context takeover. */
    @Test
    void withContextTakeoverAConnectionHoldsTheWindowsThatWereAgreedAndNoMore() {
        for (int bits = 8; bits <= 15; bits++) {
            UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true);
            PerMessageDeflate agreed =
                    new PerMessageDeflate(true, true, bits, bits, "", new DeflateSettings(true, 6, 0));
            MessageInflater inflater = new MessageInflater(agreed);
            MessageDeflater deflater = new MessageDeflater(agreed);
            byte[] message = CompressionTest.words(new Random(65), 100_000);
            try (ClientDeflater client = new ClientDeflater(false)) {
                for (int n = 0; n < 3; n++) {
                    take(alloc, inflater, client.payload(message));
                    ByteBuf sent = deflater.deflate(alloc, 0, Unpooled.wrappedBuffer(message));
                    assertThat(sent).isNotNull();
                    sent.release();
                }
            }
            assertThat(alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory())
                    .isEqualTo((1 << bits) + Math.min(4096, 1 << (bits - 1)));
            inflater.release();
            deflater.release();
            assertThat(alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory())
                    .isZero();
        }
    }

    @Test
    void nativeMemoryIsFlatOverManyConnectionsThatEndAmidAMessage() {
        for (int n = 0; n < 100_000; n++) {
            MessageInflater inflater = new MessageInflater(agreed(n % 2 == 0, 15));
            inflater.input(Unpooled.wrappedBuffer(HELLO), 0, 1 + n % HELLO.length);
            if (n % 3 == 0) {
                ByteBuf out = Unpooled.buffer(16);
                inflater.inflate(out);
                out.release();
            }
            inflater.release();
            inflater.release();
        }
        assertThat(LiveInflaters.count()).isLessThanOrEqualTo(LiveInflaters.IDLE);
    }

    @Test
    void whatManyUnfinishedMessagesHeldIsEndedAndNotKept() {
        List<MessageInflater> connections = new ArrayList<>();
        int before = LiveInflaters.count();
        for (int n = 0; n < 100; n++) {
            MessageInflater inflater = new MessageInflater(agreed(false, 15));
            inflater.input(Unpooled.wrappedBuffer(HELLO), 0, 3);
            connections.add(inflater);
        }
        assertThat(LiveInflaters.count()).isBetween(100, 100 + before);
        connections.forEach(MessageInflater::release);
        assertThat(LiveInflaters.count()).isEqualTo(LiveInflaters.IDLE);
    }

    @Test
    void anEventLoopThatEndsTakesItsInflatersWithIt() throws InterruptedException {
        int before = LiveInflaters.count();
        Thread loop = new FastThreadLocalThread(() -> {
            ZlibPool pool = ZlibPool.local();
            pool.deflater(1);
            pool.giveBack(pool.inflater());
            assertThat(LiveInflaters.count()).isEqualTo(before + 1);
        });
        loop.start();
        loop.join();
        assertThat(LiveInflaters.count()).isEqualTo(before);
    }

    private static boolean isMessage(byte[] payload) {
        MessageInflater inflater = new MessageInflater(agreed(false, 15));
        boolean message = take(inflater, payload);
        inflater.release();
        return message;
    }

    private static boolean take(MessageInflater inflater, byte[] payload) {
        return take(ByteBufAllocator.DEFAULT, inflater, payload);
    }

    private static boolean take(ByteBufAllocator alloc, MessageInflater inflater, byte[] payload) {
        ByteBuf out = Unpooled.directBuffer(1 << 17);
        try {
            inflater.input(Unpooled.wrappedBuffer(payload), 0, payload.length);
            boolean inflated = inflater.inflate(out) == MessageInflater.Progress.HUNGRY && inflater.end(alloc, out);
            if (!inflated) {
                inflater.release();
            }
            return inflated;
        } finally {
            out.release();
        }
    }

    private static PerMessageDeflate agreed(boolean clientContextTakeover, int clientMaxWindowBits) {
        return new PerMessageDeflate(
                false, clientContextTakeover, 15, clientMaxWindowBits, "permessage-deflate", DeflateSettings.DEFAULT);
    }
}
