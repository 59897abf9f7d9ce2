package io.sluice.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One text message that a server sends: its payload is written into a buffer, framed, and written to a channel. Ours is framed in place;
 * Netty's encoder adds a header in a buffer of its own, or copies.
 */
@State(Scope.Thread)
public class EncodeBenchmark {

    @Param({"sluice", "netty"})
    public String codec = "";

    @Param({"16", "128", "1024", "16384", "1048576"})
    public int bytes;

    private byte[] payload = {};
    private EmbeddedChannel channel = new EmbeddedChannel();

    @Setup
    public void open() {
        payload = Payloads.text("ascii", bytes);
        channel = new EmbeddedChannel(new Socket());
        if (codec.equals("netty")) {
            channel.pipeline().addLast(new WebSocket13FrameEncoder(false));
        }
    }

    @Benchmark
    public void message() {
        ByteBufAllocator alloc = ByteBufAllocator.DEFAULT;
        if (codec.equals("netty")) {
            ByteBuf text = alloc.directBuffer(bytes).writeBytes(payload);
            channel.pipeline().write(new TextWebSocketFrame(text), channel.voidPromise());
        } else {
            ByteBuf text = FrameEncoder.buffer(alloc, bytes).writeBytes(payload);
            channel.pipeline().write(FrameEncoder.frame(Opcode.TEXT, text), channel.voidPromise());
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
