package io.sluice.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.WebSocketConnection;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.WebSocketShell;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One masked text message, from the bytes of a read to a whole, valid text: header, unmasking, UTF-8, assembly. Both codecs stand in the
 * pipeline of the same kind of channel, and read from buffers that are filled anew each time, as a socket would: that copy and the
 * pipeline are in both figures.
 */
@State(Scope.Thread)
public class DecodeBenchmark {

    private static final int LIMIT = 1 << 21;

    @Param({"sluice", "netty"})
    public String codec = "";

    @Param({"ascii", "mixed"})
    public String text = "";

    @Param({"16", "128", "1024", "16384", "1048576"})
    public int bytes;

    /** {@code segments}: in reads of 1,460 bytes. */
    @Param({"whole", "segments"})
    public String reads = "";

    private byte[] frame = {};
    private ByteBuf[] buffers = {};
    private int readBytes;
    private EmbeddedChannel channel = new EmbeddedChannel();
    private int expected;
    private int received;

    @Setup
    public void open() {
        frame = Payloads.frame(Payloads.text(text, bytes));
        readBytes = reads.equals("whole") ? frame.length : Payloads.SEGMENT;
        buffers = new ByteBuf[(frame.length + readBytes - 1) / readBytes];
        for (int n = 0; n < buffers.length; n++) {
            buffers[n] = ByteBufAllocator.DEFAULT.directBuffer(readBytes);
        }
        channel = new EmbeddedChannel(codec.equals("netty") ? nettys() : new ChannelHandler[] {new Sluice()});
    }

    @TearDown
    public void close() {
        channel.finishAndReleaseAll();
        for (ByteBuf buffer : buffers) {
            buffer.release();
        }
    }

    @Benchmark
    public int message() {
        int from = 0;
        for (ByteBuf buffer : buffers) {
            int length = Math.min(readBytes, frame.length - from);
            buffer.clear().writeBytes(frame, from, length);
            from += length;
            channel.pipeline().fireChannelRead(buffer.retain());
        }
        channel.pipeline().fireChannelReadComplete();
        expected += bytes;
        if (received != expected) {
            throw new IllegalStateException("received " + received + " bytes (expected: " + expected + ")");
        }
        return received;
    }

    private ChannelHandler[] nettys() {
        WebSocketDecoderConfig config = WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowExtensions(false)
                .maxFramePayloadLength(LIMIT)
                .build();
        ChannelHandler last = new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                WebSocketFrame whole = (WebSocketFrame) message;
                received += whole.content().readableBytes();
                whole.release();
            }
        };
        return new ChannelHandler[] {
            new WebSocket13FrameDecoder(config), new Utf8FrameValidator(), new WebSocketFrameAggregator(LIMIT), last
        };
    }

    private final class Sluice extends ChannelInboundHandlerAdapter implements WebSocketShell {

        private final WebSocketConnection connection = new WebSocketConnection(
                this, WebSocketSettings.defaults().withLimits(new WebSocketLimits(LIMIT, 1024, 30_000, 10)), null, 0);

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            try {
                connection.receive(in, 0, 256);
            } finally {
                in.release();
            }
        }

        @Override
        public void onMessage(Opcode opcode, ByteBuf payload) {
            received += payload.readableBytes();
        }

        @Override
        public ByteBufAllocator alloc() {
            return ByteBufAllocator.DEFAULT;
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public long pendingBytes() {
            return 0;
        }

        @Override
        public void send(ByteBuf frame) {
            frame.release();
        }

        @Override
        public void flush() {}

        @Override
        public void shedSoon() {}

        @Override
        public void end() {}

        @Override
        public void fail() {}

        @Override
        public void abort() {}
    }
}
