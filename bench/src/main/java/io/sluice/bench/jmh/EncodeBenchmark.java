package io.sluice.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.netty.HandshakePipeline;
import io.sluice.protocol.websocket.netty.HandshakeSettings;
import io.sluice.protocol.websocket.netty.WebSocket;
import io.sluice.protocol.websocket.netty.WebSocketListener;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One text message that a server sends: its payload is written into a buffer, framed, and written to the channel's end. */
@State(Scope.Thread)
public class EncodeBenchmark {

    private static final String REQUEST = """
            GET / HTTP/1.1
            Host: localhost
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13

            """.replace("\n", "\r\n");

    @Param({"sluice", "netty"})
    public String codec = "";

    @Param({"16", "128", "1024", "16384", "1048576"})
    public int bytes;

    private byte[] payload = {};
    private EmbeddedChannel channel = new EmbeddedChannel();
    private @Nullable WebSocket socket;

    @Setup
    public void open() {
        payload = Payloads.text("ascii", bytes);
        channel = new EmbeddedChannel(new Socket());
        if (codec.equals("netty")) {
            channel.pipeline().addLast(new WebSocket13FrameEncoder(false));
            return;
        }
        WebSocketListener listener = new WebSocketListener() {
            @Override
            public void onOpen(WebSocket opened) {
                socket = opened;
            }

            @Override
            public void onText(ByteBuf payload) {}

            @Override
            public void onBinary(ByteBuf payload) {}

            @Override
            public void onClosed(int code) {}
        };
        new HandshakePipeline(
                        HandshakeSettings.of(),
                        WebSocketSettings.defaults(),
                        (client, request, subprotocol, upgrade) -> upgrade.accept(listener))
                .addTo(channel.pipeline());
        channel.writeInbound(Unpooled.copiedBuffer(REQUEST, StandardCharsets.US_ASCII));
    }

    @Benchmark
    public void message() {
        ByteBuf text = channel.alloc().directBuffer(bytes).writeBytes(payload);
        if (socket == null) {
            channel.pipeline().write(new TextWebSocketFrame(text), channel.voidPromise());
        } else {
            socket.sendText(text);
        }
    }

    /** Takes what a socket would. */
    private static final class Socket extends ChannelOutboundHandlerAdapter {

        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ((ByteBuf) message).release();
        }
    }
}
