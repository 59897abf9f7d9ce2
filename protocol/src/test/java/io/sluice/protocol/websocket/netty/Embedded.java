package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.WebSocketSettings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;

/** The whole pipeline on a channel without a socket, with a clock of its own. */
final class Embedded implements AutoCloseable {

    static final String REQUEST = String.join(
                    "\r\n",
                    "GET /ws HTTP/1.1",
                    "Host: server.example.com",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                    "Sec-WebSocket-Version: 13")
            + "\r\n\r\n";

    static final String SWITCHED = String.join(
                    "\r\n",
                    "HTTP/1.1 101 Switching Protocols",
                    "Upgrade: websocket",
                    "Connection: Upgrade",
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            + "\r\n\r\n";

    final EmbeddedChannel channel;
    private final MockTicker ticker = Ticker.newMockTicker();

    Embedded(UpgradeListener listener, ChannelHandler... http) {
        this(HandshakeSettings.of("sluice.v1.json"), WebSocketSettings.defaults(), listener, http);
    }

    Embedded(
            HandshakeSettings handshake,
            WebSocketSettings webSocket,
            UpgradeListener listener,
            ChannelHandler... http) {
        channel = EmbeddedChannel.builder().ticker(ticker).build();
        new HandshakePipeline(handshake, webSocket, listener).addTo(channel.pipeline(), http);
    }

    /** One that is open, its 101 read. */
    static Embedded open(WebSocketSettings settings, WebSocketListener listener) {
        Embedded embedded = new Embedded(
                HandshakeSettings.of("sluice.v1.json"),
                settings,
                (channel, request, subprotocol, upgrade) -> upgrade.accept(listener));
        embedded.receive(REQUEST).sent();
        return embedded;
    }

    /** {@link #REQUEST} with these header lines more. */
    static String with(String lines) {
        return REQUEST.substring(0, REQUEST.length() - 2) + lines + "\r\n\r\n";
    }

    /** Frames in the notation of {@link ClientBytes}, to stand behind a request. */
    static String frames(String notation) {
        return new String(ClientBytes.of(notation), StandardCharsets.ISO_8859_1);
    }

    Embedded receive(String text) {
        return receive(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Embedded receiveFrames(String notation) {
        return receive(ClientBytes.of(notation));
    }

    Embedded receive(byte[] bytes) {
        if (channel.isOpen()) {
            channel.writeInbound(channel.alloc().buffer(bytes.length).writeBytes(bytes));
        }
        return this;
    }

    Embedded pass(long millis) {
        for (long passed = 0; passed < millis; passed += 50) {
            ticker.advance(50, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
        return this;
    }

    /** What was sent since the last call, as text. */
    String sent() {
        return new String(bytes(), StandardCharsets.ISO_8859_1);
    }

    /** What was sent since the last call, in hexadecimal. */
    String sentHex() {
        return HexFormat.of().formatHex(bytes());
    }

    private byte[] bytes() {
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
            sent.writeBytes(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
        return sent.toByteArray();
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}
