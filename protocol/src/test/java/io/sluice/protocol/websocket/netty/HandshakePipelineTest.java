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
            embedded.receive(Embedded.with("Sec-WebSocket-Protocol: bearer.x, sluice.v1.json"));
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
            embedded.receive(Embedded.REQUEST + Embedded.frames("81 82 M 6869"));
            embedded.receive(Embedded.frames("81 82 M 686f"));
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
            embedded.receive(Embedded.REQUEST + Embedded.frames("81 82 M 6869"));
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
        String request = Embedded.with("Sec-WebSocket-Extensions: permessage-deflate");
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
            embedded.receive(
                    "GET /poll HTTP/1.1\r\nHost: a\r\n\r\n" + Embedded.REQUEST + Embedded.frames("81 82 M 6869"));
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
