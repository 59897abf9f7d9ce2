package io.sluice.bench.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.LengthFieldBasedFrameDecoder;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.sluice.gateway.server.Transport;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The limit to measure against: a fan-out with nothing around it. Messages come length-prefixed over TCP, become a frame once, and one
 * drain task for each event loop writes all that waits to every channel as one buffer. No AMQP, no topics, no policy, no limits.
 */
public final class Skeleton {

    private static final int MAX_MESSAGE = 1 << 20;

    private final Map<Object, Loop> loops = new ConcurrentHashMap<>();

    private Skeleton() {}

    /** Prints {@code skeleton ready WEBSOCKET_PORT INPUT_PORT} and runs until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        new Skeleton().run();
    }

    private void run() throws InterruptedException {
        Transport transport = Transport.best();
        EventLoopGroup workers =
                transport.eventLoops("skeleton", Runtime.getRuntime().availableProcessors());
        EventLoopGroup acceptor = transport.eventLoops("skeleton-accept", 1);
        Channel sockets = bind(transport, acceptor, workers, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline()
                        .addLast(
                                new HttpServerCodec(),
                                new HttpObjectAggregator(8192),
                                new WebSocketServerProtocolHandler("/ws", null, false),
                                new Joining());
            }
        });
        Channel input = bind(transport, acceptor, acceptor, new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new LengthFieldBasedFrameDecoder(MAX_MESSAGE, 0, 4, 0, 4), new Input());
            }
        });
        System.out.println("skeleton ready " + port(sockets) + ' ' + port(input));
        sockets.closeFuture().sync();
    }

    private static Channel bind(
            Transport transport, EventLoopGroup acceptor, EventLoopGroup workers, ChannelInitializer<Channel> handlers)
            throws InterruptedException {
        return new ServerBootstrap()
                .group(acceptor, workers)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(handlers)
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
    }

    private static int port(Channel channel) {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    /** One event loop's channels and what waits for them. */
    private static final class Loop implements Runnable {
        private final List<Channel> channels = new ArrayList<>();
        private final ConcurrentLinkedQueue<ByteBuf> waiting = new ConcurrentLinkedQueue<>();
        private final ArrayDeque<ByteBuf> batch = new ArrayDeque<>();
        private final AtomicBoolean scheduled = new AtomicBoolean();
        private final EventLoop eventLoop;

        private Loop(EventLoop eventLoop) {
            this.eventLoop = eventLoop;
        }

        private void offer(ByteBuf frame) {
            waiting.add(frame);
            if (scheduled.compareAndSet(false, true)) {
                eventLoop.execute(this);
            }
        }

        @Override
        public void run() {
            scheduled.set(false);
            int bytes = 0;
            for (ByteBuf frame = waiting.poll(); frame != null; frame = waiting.poll()) {
                bytes += frame.readableBytes();
                batch.add(frame);
            }
            if (batch.isEmpty() || channels.isEmpty()) {
                batch.forEach(ByteBuf::release);
                batch.clear();
                return;
            }
            ByteBuf all = channels.get(0).alloc().directBuffer(bytes);
            for (ByteBuf frame : batch) {
                all.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
                frame.release();
            }
            batch.clear();
            for (int i = channels.size() - 1; i >= 0; i--) {
                Channel channel = channels.get(i);
                channel.writeAndFlush(all.retainedDuplicate(), channel.voidPromise());
            }
            all.release();
        }
    }

    private final class Joining extends SimpleChannelInboundHandler<Object> {
        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete) {
                Channel channel = ctx.channel();
                while (channel.pipeline().first() != null) {
                    channel.pipeline().removeFirst();
                }
                Loop loop = loops.computeIfAbsent(channel.eventLoop(), unused -> new Loop(channel.eventLoop()));
                loop.channels.add(channel);
                channel.closeFuture().addListener(closed -> loop.channels.remove(channel));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Object message) {}
    }

    private final class Input extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf payload = (ByteBuf) message;
            int length = payload.readableBytes();
            ByteBuf frame = Unpooled.directBuffer(4 + length);
            frame.writeByte(0x81);
            if (length <= 125) {
                frame.writeByte(length);
            } else {
                frame.writeByte(126).writeShort(length);
            }
            frame.writeBytes(payload);
            payload.release();
            for (Loop loop : loops.values()) {
                loop.offer(frame.retain());
            }
            frame.release();
        }
    }
}
