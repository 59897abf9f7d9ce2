package io.sluice.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.sluice.protocol.websocket.Kernels;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Whether bytes are UTF-8, by all who can say: the JDK's two ways make a text of them beside. */
@State(Scope.Thread)
public class Utf8Benchmark {

    @Param({"ascii", "mixed"})
    public String text = "";

    @Param({"128", "1024", "16384"})
    public int bytes;

    private byte[] heap = {};
    private ByteBuffer view = ByteBuffer.allocate(0);
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    private CharBuffer characters = CharBuffer.allocate(0);
    private TextWebSocketFrame frame = new TextWebSocketFrame();
    private final EmbeddedChannel channel =
            new EmbeddedChannel(new Utf8FrameValidator(), new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ((TextWebSocketFrame) message).release();
                }
            });

    @Setup
    public void write() {
        heap = Payloads.text(text, bytes);
        ByteBuf direct = Unpooled.directBuffer(bytes).writeBytes(heap);
        view = direct.nioBuffer();
        characters = CharBuffer.allocate(bytes);
        frame = new TextWebSocketFrame(direct);
    }

    @Benchmark
    public boolean sluice() {
        return Kernels.isUtf8(view, 0, bytes);
    }

    @Benchmark
    public String newString() {
        return new String(heap, StandardCharsets.UTF_8);
    }

    @Benchmark
    public CoderResult charsetDecoder() {
        return decoder.reset().decode(view.clear(), characters.clear(), true);
    }

    @Benchmark
    public void netty() {
        channel.pipeline().fireChannelRead(frame.retain());
    }
}
