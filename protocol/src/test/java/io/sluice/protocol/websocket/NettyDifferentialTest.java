package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Random streams, most of them wrong somewhere, mean the same to this decoder and to Netty's: the same messages until the same end. */
final class NettyDifferentialTest {

    private static final int LIMIT = 1 << 16;
    private static final String BEYOND_4999 = "close beyond 4999";

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aRandomStreamMeansTheSame(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 120; round++) {
            byte[] stream = stream(random);
            assertThat(ours(stream, random)).as("seed %d round %d", seed, round).isEqualTo(nettys(stream));
        }
    }

    /** One bit of a correct stream is wrong. Where a frame then has no end Netty waits for it, whatever it holds. */
    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void aStreamWithOneWrongBitMeansTheSame(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            byte[] stream = stream(random);
            if (stream.length == 0) {
                continue;
            }
            stream[random.nextInt(stream.length)] ^= (byte) (1 << random.nextInt(8));
            List<String> nettys = nettys(stream).stream()
                    .map(event -> event.equals(BEYOND_4999) ? "violation" : event)
                    .toList();
            List<String> andRefused =
                    Stream.concat(nettys.stream(), Stream.of("violation")).toList();
            assertThat(ours(stream, random))
                    .as("seed %d round %d", seed, round)
                    .isIn(nettys, nettys.contains("violation") ? nettys : andRefused);
        }
    }

    /** All that is known; why each is as it is stands in the README of this module. */
    static Stream<Arguments> differences() {
        return Stream.of(
                Arguments.of("a close code beyond 4999", "88 82 M 1388", List.of("violation"), List.of(BEYOND_4999)),
                Arguments.of("a wrong byte in a frame without end", "81 fe 1000 M ff", List.of("violation"), List.of()),
                Arguments.of(
                        "a fragment too many", "01 80 M" + " / 00 80 M".repeat(1024), List.of("violation"), List.of()),
                Arguments.of(
                        "a ping too many",
                        "89 80 M" + " / 89 80 M".repeat(10),
                        Stream.concat(Collections.nCopies(10, "ping").stream(), Stream.of("violation"))
                                .toList(),
                        Collections.nCopies(11, "ping")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("differences")
    void whereTheyDifferOursRefuses(String what, String notation, List<String> ours, List<String> nettys) {
        byte[] stream = ClientBytes.of(notation);
        assertThat(events(new Peer(), stream, new Random(1))).isEqualTo(ours);
        assertThat(nettys(stream)).isEqualTo(nettys);
    }

    private static List<String> ours(byte[] stream, Random random) {
        return events(
                new Peer(new WebSocketLimits(LIMIT, Integer.MAX_VALUE, 30_000, Integer.MAX_VALUE)), stream, random);
    }

    private static List<String> events(Peer peer, byte[] stream, Random random) {
        for (int from = 0; from < stream.length; ) {
            int to = Math.min(stream.length, from + 1 + random.nextInt(200));
            peer.receive(stream, from, to);
            from = to;
        }
        List<String> events = new ArrayList<>();
        for (String event : peer.ended()) {
            if (event.startsWith("send 8a")) {
                events.add("ping");
            } else if (event.equals("end")) {
                events.add("close");
            } else if (event.startsWith("violation")) {
                events.add("violation");
            } else if (event.startsWith("text") || event.startsWith("binary")) {
                events.add(event);
            }
        }
        return events;
    }

    private static List<String> nettys(byte[] stream) {
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowExtensions(false)
                .maxFramePayloadLength(LIMIT)
                .withUTF8Validator(false)
                .build();
        List<String> events = new ArrayList<>();
        EmbeddedChannel channel = new EmbeddedChannel(
                new WebSocket13FrameDecoder(config),
                new Utf8FrameValidator(),
                new WebSocketFrameAggregator(LIMIT),
                new Until(events));
        channel.writeInbound(
                UnpooledByteBufAllocator.DEFAULT.buffer(stream.length).writeBytes(stream));
        channel.finishAndReleaseAll();
        return events;
    }

    /** Writes down what comes until the first end: Netty's handlers go on behind a text that was wrong. */
    private static final class Until extends ChannelInboundHandlerAdapter {

        private final List<String> events;
        private boolean ended;

        Until(List<String> events) {
            this.events = events;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            WebSocketFrame frame = (WebSocketFrame) message;
            if (frame instanceof TextWebSocketFrame) {
                told("text " + frame.content().toString(StandardCharsets.UTF_8));
            } else if (frame instanceof BinaryWebSocketFrame) {
                told("binary " + ClientBytes.hex(frame.content()));
            } else if (frame instanceof PingWebSocketFrame) {
                told("ping");
            } else if (frame instanceof CloseWebSocketFrame close) {
                told(close.statusCode() > 4999 ? BEYOND_4999 : "close");
                ended = true;
            }
            frame.release();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(cause instanceof PrematureChannelClosureException)) {
                told("violation");
                ended = true;
            }
        }

        private void told(String event) {
            if (!ended) {
                events.add(event);
            }
        }
    }

    /** A few frames, mostly correct ones. */
    private static byte[] stream(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        boolean open = false;
        for (int n = 1 + random.nextInt(6); n > 0; n--) {
            int kind = random.nextInt(20);
            if (kind == 0) {
                out.writeBytes(ClientBytes.frame(random.nextInt(256), payload(random, 20)));
            } else if (kind < 4) {
                out.writeBytes(ClientBytes.frame(0x89 + random.nextInt(2), payload(random, 126)));
            } else if (kind == 4) {
                out.writeBytes(ClientBytes.frame(0x88, new byte[] {3, (byte) (0xE8 + random.nextInt(20))}));
            } else {
                boolean fin = random.nextInt(3) > 0;
                int opcode = open ? 0 : 1 + random.nextInt(2);
                out.writeBytes(ClientBytes.frame(
                        (fin ? 0x80 : 0) | opcode, payload(random, random.nextInt(4) > 0 ? 40 : 3000)));
                open = !fin;
            }
        }
        return out.toByteArray();
    }

    private static byte[] payload(Random random, int below) {
        byte[] payload = "a\u20acb\u00e9c\ud83d\ude00d "
                .repeat(200)
                .substring(0, random.nextInt(Math.max(1, below / 3)))
                .getBytes(StandardCharsets.UTF_8);
        if (payload.length > 0 && random.nextInt(20) == 0) {
            payload[random.nextInt(payload.length)] ^= (byte) 0x80;
        }
        return payload;
    }
}
