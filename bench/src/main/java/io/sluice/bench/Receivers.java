package io.sluice.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.sluice.gateway.server.Transport;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Many WebSocket subscribers that do nothing but count bytes: all messages of a load have one length, so bytes are messages. One event
 * loop, one receive buffer; it does not unmask, parse or answer, so that what is measured is the server.
 */
final class Receivers implements AutoCloseable {

    private static final String HANDSHAKE = """
            GET /ws HTTP/1.1\r
            Host: 127.0.0.1\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Version: 13\r
            \r
            """;

    private static final byte[] MASK = {0, 0, 0, 0};

    private final EventLoopGroup loop;
    private final List<Channel> channels = new ArrayList<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger closed = new AtomicInteger();

    /**
     * Connects {@code count} subscribers and waits until each has what {@code ready} says.
     *
     * @param greeting text messages that each sends when its socket is open
     * @param ready a word in the answers that says that the subscriber is subscribed; empty where the 101 says it
     */
    Receivers(int port, int count, List<String> greeting, String ready) throws InterruptedException {
        Transport transport = Transport.best();
        loop = transport.eventLoops("receivers", 1);
        CountDownLatch waiting = new CountDownLatch(count);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(64 << 10))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Receiver(greeting, ready, waiting));
                    }
                });
        for (int i = 0; i < count; i++) {
            channels.add(bootstrap.connect("127.0.0.1", port).sync().channel());
        }
        if (!waiting.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    waiting.getCount() + " of " + count + " receivers were not subscribed in 60 s");
        }
    }

    /** Bytes received by all of them since they were subscribed. */
    long bytes() {
        return bytes.get();
    }

    /** Subscribers that the server has closed. */
    int closed() {
        return closed.get();
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private final class Receiver extends ChannelInboundHandlerAdapter {
        private final List<String> greeting;
        private final String ready;
        private final CountDownLatch waiting;
        private final StringBuilder head = new StringBuilder();
        private boolean counting;
        private boolean upgraded;

        private Receiver(List<String> greeting, String ready, CountDownLatch waiting) {
            this.greeting = greeting;
            this.ready = ready;
            this.waiting = waiting;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            ctx.writeAndFlush(Unpooled.copiedBuffer(HANDSHAKE, StandardCharsets.US_ASCII));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            if (counting) {
                bytes.lazySet(bytes.get() + in.readableBytes());
            } else {
                head.append(in.toString(StandardCharsets.ISO_8859_1));
                greet(ctx);
            }
            in.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            closed.incrementAndGet();
        }

        private void greet(ChannelHandlerContext ctx) {
            if (!upgraded && head.indexOf("\r\n\r\n") >= 0) {
                upgraded = true;
                for (String text : greeting) {
                    ctx.writeAndFlush(masked(text));
                }
            }
            if (upgraded && (ready.isEmpty() || head.indexOf(ready) >= 0)) {
                counting = true;
                waiting.countDown();
            }
        }

        private static ByteBuf masked(String text) {
            byte[] payload = text.getBytes(StandardCharsets.UTF_8);
            ByteBuf frame = Unpooled.buffer(8 + payload.length);
            frame.writeByte(0x81);
            if (payload.length <= 125) {
                frame.writeByte(0x80 | payload.length);
            } else {
                frame.writeByte(0xFE).writeShort(payload.length);
            }
            return frame.writeBytes(MASK).writeBytes(payload);
        }
    }
}
