package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.ReferenceCountUtil;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.HandshakeRequest;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class HandshakePipelineTest {

    private static final int STEP = 64;

    private final Recorder recorder = new Recorder();
    private final List<HandshakeRequest> asked = new ArrayList<>();
    private final List<Upgrade> upgrades = new ArrayList<>();

    private final UpgradeListener accepting = (channel, request, subprotocol, upgrade) -> {
        asked.add(request);
        upgrade.accept(recorder);
    };
    private final UpgradeListener deciding = (channel, request, subprotocol, upgrade) -> {
        asked.add(request);
        upgrades.add(upgrade);
    };

    @Test
    void aCorrectRequestInAnyPiecesBecomesAWebSocket() {
        byte[] bytes = ClientBytes.join(
                Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII), ClientBytes.of("81 82 M 6869 / 88 82 M 03e8"));
        for (int cut = 0; cut <= bytes.length; cut++) {
            recorder.told.clear();
            try (Embedded embedded = new Embedded(accepting)) {
                embedded.receive(Arrays.copyOf(bytes, cut));
                embedded.receive(Arrays.copyOfRange(bytes, cut, bytes.length));
                assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED + "\u0088\u0002\u0003\u00e8");
                assertThat(recorder.told).containsExactly("open sluice.v1.json", "text hi", "closed 1000");
            }
        }
    }

    @Test
    void anOpenWebSocketHasOneHandlerAndNothingElse() {
        try (Embedded embedded = new Embedded(accepting, new ChannelInboundHandlerAdapter())) {
            embedded.receive(Embedded.REQUEST);
            assertThat(handlers(embedded)).containsExactly(WebSocketHandler.class);
        }
    }

    @Test
    void anIdleWebSocketHoldsNoBuffer() {
        UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
        try (Embedded embedded = new Embedded(accepting, new ChannelInboundHandlerAdapter())) {
            embedded.channel.config().setAllocator(alloc);
            for (byte b : Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII)) {
                embedded.receive(new byte[] {b});
            }
            embedded.sent();
            assertThat(used(alloc)).as("after the handshake").isZero();
            embedded.receiveFrames("01 82 M 6869 / 89 82 00000000 68");
            assertThat(used(alloc)).as("amid a message").isPositive();
            embedded.receiveFrames("69 / 80 82 M 6869").sent();
            assertThat(used(alloc)).as("between two messages").isZero();
            assertThat(handlers(embedded)).containsExactly(WebSocketHandler.class);
        }
    }

    @Test
    void theSubprotocolIsEchoedAsOurConstant() {
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(with("Sec-WebSocket-Protocol: bearer.x, sluice.v1.json"));
            assertThat(embedded.sent())
                    .contains("\r\nSec-WebSocket-Protocol: sluice.v1.json\r\n")
                    .doesNotContain("bearer");
        }
    }

    @Test
    void bytesBehindTheRequestAreFramesAndNeverHttp() {
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(Embedded.REQUEST + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n");
            // 'G' is a frame with reserved bits and a reserved opcode.
            assertThat(recorder.told).startsWith("open sluice.v1.json");
            assertThat(embedded.sent()).startsWith(Embedded.SWITCHED + "\u0088").doesNotContain("HTTP/1.1 4");
            assertThat(asked).hasSize(1);
        }
    }

    @Test
    void aDecisionMayComeLaterAndWhatCameEarlyWaitsForIt() {
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.receive(Embedded.REQUEST + frames("81 82 M 6869"));
            embedded.receive(frames("81 82 M 686f"));
            assertThat(embedded.channel.config().isAutoRead()).isFalse();
            assertThat(embedded.sent()).isEmpty();
            upgrades.get(0).accept(recorder);
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
            assertThat(recorder.told).containsExactly("open sluice.v1.json", "text hi", "text ho");
            assertThat(embedded.channel.config().isAutoRead()).isTrue();
        }
    }

    @Test
    void anAnswerForAConnectionThatHasEndedHasNoEffect() {
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.receive(Embedded.REQUEST + frames("81 82 M 6869"));
            embedded.channel.close().syncUninterruptibly();
            upgrades.get(0).accept(recorder);
            upgrades.get(0).refuse(HttpResponseStatus.FORBIDDEN, new DefaultHttpHeaders(), "No.");
            assertThat(recorder.told).isEmpty();
        }
    }

    @Test
    void onlyTheFirstAnswerCounts() {
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.receive(Embedded.REQUEST);
            upgrades.get(0).accept(recorder);
            upgrades.get(0).accept(recorder);
            upgrades.get(0).refuse(HttpResponseStatus.FORBIDDEN, new DefaultHttpHeaders(), "No.");
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
            assertThat(recorder.told).hasSize(1);
        }
    }

    @Test
    void onlyTheFirstRefusalCounts() {
        List<HttpResponseStatus> counted = new ArrayList<>();
        HandshakeSettings settings = HandshakeSettings.of("sluice.v1.json").withOnRefused(counted::add);
        try (Embedded embedded = new Embedded(settings, WebSocketSettings.defaults(), deciding)) {
            embedded.receive(Embedded.REQUEST);
            upgrades.get(0).refuse(HttpResponseStatus.FORBIDDEN, new DefaultHttpHeaders(), "No.");
            upgrades.get(0).refuse(HttpResponseStatus.UNAUTHORIZED, new DefaultHttpHeaders(), "No.");
            upgrades.get(0).accept(recorder);
            assertThat(embedded.sent()).startsWith("HTTP/1.1 403 ").containsOnlyOnce("HTTP/1.1 ");
            assertThat(counted).containsExactly(HttpResponseStatus.FORBIDDEN);
            assertThat(recorder.told).isEmpty();
        }
    }

    @Test
    void aCorrectRequestMayBeAcceptedWithEveryExtensionDeclined() {
        HandshakeSettings settings =
                HandshakeSettings.of("sluice.v1.json").withDeflate(new DeflateSettings(false, 6, 256));
        String request = with("Sec-WebSocket-Extensions: permessage-deflate");
        try (Embedded embedded = new Embedded(settings, WebSocketSettings.defaults(), deciding)) {
            embedded.receive(request);
            upgrades.get(0).acceptPlain(recorder);
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
        }
        try (Embedded embedded = new Embedded(settings, WebSocketSettings.defaults(), accepting)) {
            assertThat(embedded.receive(request).sent()).contains("Sec-WebSocket-Extensions: permessage-deflate");
        }
    }

    @Test
    void aBodyThatAServersOwnHandlerHasReadIsRefusedToo() {
        try (Embedded embedded = new Embedded(accepting, withBody("x"))) {
            assertThat(embedded.receive(Embedded.REQUEST).sent()).startsWith("HTTP/1.1 400 ");
        }
        try (Embedded embedded = new Embedded(accepting, withBody(""))) {
            assertThat(embedded.receive(Embedded.REQUEST).sent()).isEqualTo(Embedded.SWITCHED);
        }
    }

    private static ChannelHandler withBody(String body) {
        return new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof HttpRequest request) {
                    ctx.fireChannelRead(new DefaultFullHttpRequest(
                            request.protocolVersion(),
                            request.method(),
                            request.uri(),
                            Unpooled.copiedBuffer(body, StandardCharsets.US_ASCII),
                            request.headers(),
                            new DefaultHttpHeaders()));
                } else {
                    ReferenceCountUtil.release(message);
                }
            }
        };
    }

    @Test
    void aConnectionThatIsLostAmidItsHandshakeIsNoBugAndABugIsNotHidden() {
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
            embedded.channel.checkException();
            assertThat(embedded.channel.isOpen()).isFalse();
        }
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.channel.pipeline().fireExceptionCaught(new DecoderException("not TLS"));
            embedded.channel.checkException();
        }
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.channel.pipeline().fireExceptionCaught(new IllegalStateException("bug"));
            assertThatThrownBy(embedded.channel::checkException).hasMessage("bug");
            assertThat(embedded.channel.isOpen()).isFalse();
        }
    }

    @Test
    void aRefusalSaysWhyAndClosesAndNothingBehindItIsRead() {
        List<HttpResponseStatus> counted = new ArrayList<>();
        HandshakeSettings settings = HandshakeSettings.of("sluice.v1.json").withOnRefused(counted::add);
        try (Embedded embedded = new Embedded(settings, WebSocketSettings.defaults(), deciding)) {
            embedded.receive(Embedded.REQUEST.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade")
                    + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n");
            upgrades.get(0)
                    .refuse(
                            HttpResponseStatus.SERVICE_UNAVAILABLE,
                            new DefaultHttpHeaders().set("Retry-After", 5),
                            "The node is full.");
            embedded.receive(Embedded.REQUEST);
            assertThat(embedded.sent())
                    .isEqualTo("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n"
                            + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 17\r\nRetry-After: 5\r\n\r\n"
                            + "The node is full.");
            assertThat(embedded.channel.isOpen()).isFalse();
            assertThat(asked).hasSize(1);
            assertThat(counted).containsExactly(HttpResponseStatus.SERVICE_UNAVAILABLE);
        }
    }

    @Test
    void aWrongRequestIsRefusedBeforeTheApplicationIsAsked() {
        assertRefused(
                Embedded.REQUEST.replace("Version: 13", "Version: 8") + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n",
                426);
        assertRefused(Embedded.REQUEST.replace("Upgrade: websocket\r\n", ""), 426);
        assertRefused(Embedded.REQUEST.replace("GET", "POST"), 405);
        assertRefused(Embedded.REQUEST.replace("HTTP/1.1", "HTTP/1.0"), 400);
    }

    @Test
    void aRequestWithABodyIsRefusedWithoutReadingIt() {
        assertRefused(with("Content-Length: 44") + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n0123", 400);
        assertRefused(with("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n", 400);
        assertRefused(with("Content-Length: 5\r\nTransfer-Encoding: chunked") + "0\r\n\r\n", 400);
        assertRefused(with("Content-Length: 5\r\nContent-Length: 6") + "hello", 400);
        assertRefused(with("Content-Length: +5") + "hello", 400);
        assertRefused(with("Transfer-Encoding : chunked") + "0\r\n\r\n", 400);
    }

    @Test
    void noBodyIsReadHoweverItIsAnnounced() {
        assertRefused(with("Transfer-Encoding: chunked, xchunked") + "0\r\n\r\n", 400);
        assertRefused(with("Transfer-Encoding:\r\n chunked") + "0\r\n\r\n", 400);
        for (String chunk : new String[] {"5;a=\"\r\n\"", "FFFFFFFFF", "0x5", "-1", "5\n", ""}) {
            assertRefused(with("Transfer-Encoding: chunked") + chunk + "\r\nGET /internal HTTP/1.1\r\n\r\n", 400);
        }
    }

    @Test
    void aRequestThatAnnouncesAnEmptyBodyIsAccepted() {
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(with("Content-Length: 0") + frames("81 82 M 6869"));
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
            assertThat(recorder.told).containsExactly("open sluice.v1.json", "text hi");
        }
    }

    @Test
    void aValueWithAControlCharacterIsRefused() {
        assertRefused(with("Sec-WebSocket-Protocol: sluice.v1.json\u0000"), 400);
        assertRefused(with("Sec-WebSocket-Protocol: sluice\rX: y"), 400);
        assertRefused(with("Host: other.example.com"), 400);
    }

    @Test
    void aHeaderBlockOfManyBytesOrManyLinesIsRefused() {
        assertRefused(with("X: " + "a".repeat(17 << 10)), 431);
        assertRefused("GET /ws HTTP/1.1\r\nX: " + "a".repeat(17 << 10), 431);
        assertRefused(with("X: a\r\n".repeat(100) + "X: a"), 431);
        assertRefused("GET /ws HTTP/1.1\r\n" + "X: a\r\n".repeat(5000), 431);
    }

    @Test
    void aLongAddressIsRefused() {
        assertRefused("GET /" + "a".repeat(5000) + " HTTP/1.1\r\n", 414);
        assertRefused("GET /" + "a".repeat(64 << 10), 414);
    }

    @Test
    void atTheLimitsARequestIsTakenAndNoMoreIsEverReadBeforeItIsRefused() {
        // Netty counts header lines without their ends, and its limit bites at the byte beyond.
        String lines = Embedded.REQUEST.substring(Embedded.REQUEST.indexOf("\r\n") + 2, Embedded.REQUEST.length() - 2);
        int rest = (16 << 10) - lines.replace("\r\n", "").length() - "X: ".length();
        assertThat(readUntilAnswered(with("X: " + "a".repeat(rest)))).startsWith("101 ");
        assertThat(readUntilAnswered(with("X: " + "a".repeat(rest + 1)))).startsWith("431 ");
        assertThat(read(readUntilAnswered("GET /ws HTTP/1.1\r\nX: " + "a".repeat(20 << 20))))
                .isBetween(16 << 10, (16 << 10) + STEP);
        assertThat(read(readUntilAnswered("GET /ws HTTP/1.1\r\n" + "X: a\r\n".repeat(100_000))))
                .as("four bytes of a line of six count")
                .isLessThanOrEqualTo((16 << 10) * 3 / 2 + STEP);

        String line = "GET /" + "a".repeat(4096 - "GET / HTTP/1.1".length()) + " HTTP/1.1";
        assertThat(readUntilAnswered(Embedded.REQUEST.replace("GET /ws HTTP/1.1", line)))
                .startsWith("101 ");
        assertThat(readUntilAnswered(Embedded.REQUEST.replace("GET /ws HTTP/1.1", line.replace("/a", "/aa"))))
                .startsWith("414 ");
        assertThat(read(readUntilAnswered("GET /" + "a".repeat(64 << 10)))).isBetween(4096, 4096 + STEP);
    }

    /** The status, and how many bytes had come when it was sent. */
    private String readUntilAnswered(String bytes) {
        try (Embedded embedded = new Embedded(accepting)) {
            String sent = "";
            int read = 0;
            while (sent.isEmpty() && read < bytes.length()) {
                embedded.receive(bytes.substring(read, Math.min(bytes.length(), read + STEP)));
                read += STEP;
                sent = embedded.sent();
            }
            return sent.isEmpty() ? "no answer" : sent.substring("HTTP/1.1 ".length(), 13) + read;
        }
    }

    private static int read(String answer) {
        return Integer.parseInt(answer.substring("431 ".length()));
    }

    @Test
    void aHundredHeaderLinesAreTakenAndOneMoreIsNot() {
        String lines = "X: a\r\n".repeat(94);
        assertThat(readUntilAnswered(with(lines + "X: a"))).startsWith("101 ");
        assertThat(readUntilAnswered(with(lines + "X: a\r\nX: a"))).startsWith("431 ");
    }

    @Test
    void whatIsNotHttpIsRefused() {
        assertRefused("\u0016\u0003\u0001\u0002\u0000\r\n\r\n", 400);
        assertRefused(Embedded.REQUEST.replace("Host: ", "Host : "), 400);
        assertRefused(Embedded.REQUEST.replace("\r\nUpgrade", "\r\n Upgrade"), 400);
    }

    @Test
    void aRequestThatIsNotFinishedInTimeIsRefusedHoweverOftenAByteComes() {
        try (Embedded embedded = new Embedded(accepting)) {
            for (int second = 0; second < 9; second++) {
                embedded.receive(Embedded.REQUEST.substring(second, second + 1)).pass(1000);
            }
            assertThat(embedded.sent()).isEmpty();
            embedded.pass(1300);
            assertThat(embedded.sent()).startsWith("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n");
            assertThat(embedded.channel.isOpen()).isFalse();
        }
    }

    @Test
    void aRequestThatIsFinishedJustInTimeIsTaken() {
        try (Embedded embedded = new Embedded(accepting)) {
            int half = Embedded.REQUEST.length() / 2;
            embedded.receive(Embedded.REQUEST.substring(0, half)).pass(9_900);
            embedded.receive(Embedded.REQUEST.substring(half));
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
        }
    }

    @Test
    void aDecisionThatIsNotMadeInTimeIsARefusalToo() {
        try (Embedded embedded = new Embedded(deciding)) {
            embedded.pass(5000).receive(Embedded.REQUEST).pass(5300);
            assertThat(embedded.sent()).startsWith("HTTP/1.1 408");
            upgrades.get(0).accept(recorder);
            assertThat(recorder.told).isEmpty();
        }
    }

    @Test
    void theTimeoutIsTheConfiguredOne() {
        HandshakeSettings settings = HandshakeSettings.of("sluice.v1.json").withTimeout(Duration.ofSeconds(2));
        try (Embedded embedded = new Embedded(settings, WebSocketSettings.defaults(), accepting)) {
            assertThat(embedded.pass(1900).channel.isOpen()).isTrue();
            assertThat(embedded.pass(400).channel.isOpen()).isFalse();
        }
    }

    @Test
    void anOpenWebSocketIsFreeOfTheDeadline() {
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(Embedded.REQUEST).pass(12_000);
            assertThat(embedded.channel.isOpen()).isTrue();
        }
    }

    @Test
    void theServersOwnHttpHandlersSeeOtherRequestsWhichAreFreeOfTheDeadline() {
        List<String> served = new ArrayList<>();
        try (Embedded embedded = new Embedded(accepting, router(served))) {
            embedded.receive("GET /poll HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
                    .pass(15_000);
            assertThat(embedded.channel.isOpen()).isTrue();
            embedded.receive("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n" + Embedded.REQUEST + frames("81 82 M 6869"));
            assertThat(served).containsExactly("/poll", "/poll");
            assertThat(embedded.sent()).isEqualTo(Embedded.SWITCHED);
            assertThat(recorder.told).containsExactly("open sluice.v1.json", "text hi");
            assertThat(handlers(embedded)).containsExactly(WebSocketHandler.class);
        }
    }

    @Test
    void aHandshakeBehindOtherRequestsHasADeadlineOfItsOwn() {
        try (Embedded embedded = new Embedded(deciding, router(new ArrayList<>()))) {
            embedded.receive("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n").pass(15_000);
            embedded.receive(Embedded.REQUEST).pass(9_900);
            assertThat(embedded.sent()).isEmpty();
            embedded.pass(400);
            assertThat(embedded.sent()).startsWith("HTTP/1.1 408");
        }
    }

    private static ChannelHandler router(List<String> served) {
        return new ChannelInboundHandlerAdapter() {
            private boolean mine;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof HttpRequest request) {
                    mine = !request.uri().equals("/ws");
                    if (mine) {
                        served.add(request.uri());
                        return;
                    }
                }
                if (mine && message instanceof HttpContent content) {
                    content.release();
                    return;
                }
                ctx.fireChannelRead(message);
            }
        };
    }

    /** The same with a short request cut at every place. */
    private void assertRefused(String bytes, int status) {
        assertRefused(bytes, 0, status);
        for (int cut = 1; cut < bytes.length() && bytes.length() < 600; cut++) {
            assertRefused(bytes, cut, status);
        }
    }

    private void assertRefused(String bytes, int cut, int status) {
        asked.clear();
        try (Embedded embedded = new Embedded(accepting)) {
            embedded.receive(bytes.substring(0, cut)).receive(bytes.substring(cut));
            assertThat(embedded.sent())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .contains("\r\nConnection: close\r\n")
                    .containsOnlyOnce("HTTP/1.1 ");
            assertThat(embedded.channel.isOpen()).isFalse();
        }
        assertThat(asked).isEmpty();
        assertThat(recorder.told).isEmpty();
    }

    private static String with(String header) {
        return Embedded.REQUEST.substring(0, Embedded.REQUEST.length() - 2) + header + "\r\n\r\n";
    }

    private static String frames(String notation) {
        return new String(ClientBytes.of(notation), StandardCharsets.ISO_8859_1);
    }

    private static long used(UnpooledByteBufAllocator alloc) {
        return alloc.metric().usedHeapMemory() + alloc.metric().usedDirectMemory();
    }

    private static List<Class<?>> handlers(Embedded embedded) {
        List<Class<?>> classes = new ArrayList<>();
        for (Map.Entry<String, ChannelHandler> handler : embedded.channel.pipeline()) {
            classes.add(handler.getValue().getClass());
        }
        return classes;
    }
}
