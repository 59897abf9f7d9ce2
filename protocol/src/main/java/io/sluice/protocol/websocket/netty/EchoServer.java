package io.sluice.protocol.websocket.netty;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.sluice.protocol.websocket.ReassemblyBudget;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Sends back each message as it came, text as text and binary as binary, on exactly the handlers of the product: for conformance suites
 * from outside. Any path, any subprotocol offered (none is agreed), messages of up to 64 MiB, permessage-deflate in all its parameters
 * with context takeover unless the client declines it.
 */
public final class EchoServer implements AutoCloseable {

    private static final WebSocketLimits LIMITS =
            new WebSocketLimits(64 << 20, Integer.MAX_VALUE, 600_000, Integer.MAX_VALUE, true);

    private final EventLoopGroup loops;
    private final Channel channel;

    /** @param port 0 for any free one */
    public EchoServer(String host, int port) {
        WebSocketSettings settings =
                WebSocketSettings.defaults().withLimits(LIMITS).withReassembly(new ReassemblyBudget(1L << 30));
        HandshakePipeline handshake = new HandshakePipeline(
                HandshakeSettings.of().withDeflate(new DeflateSettings(true, 6, 0)),
                settings,
                (client, request, subprotocol, upgrade) -> upgrade.accept(new Echo()));
        loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
        channel = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel client) {
                        handshake.addTo(client.pipeline());
                    }
                })
                .bind(host, port)
                .syncUninterruptibly()
                .channel();
    }

    public int port() {
        return ((InetSocketAddress) channel.localAddress()).getPort();
    }

    @Override
    public void close() {
        channel.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Runs on 127.0.0.1 until it is ended; the only argument is the port, 9001 if there is none. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) {
        int port = arguments.length == 0 ? 9001 : Integer.parseInt(arguments[0]);
        EchoServer server = new EchoServer("127.0.0.1", port);
        System.out.println("echo ready ws://127.0.0.1:" + server.port() + "/");
        server.channel.closeFuture().syncUninterruptibly();
    }

    private static final class Echo implements WebSocketListener {

        private @Nullable WebSocket socket;

        @Override
        public void onOpen(WebSocket socket) {
            this.socket = socket;
        }

        @Override
        public void onText(ByteBuf payload) {
            open().sendText(payload.retainedSlice());
        }

        @Override
        public void onBinary(ByteBuf payload) {
            open().sendBinary(payload.retainedSlice());
        }

        @Override
        public void onReadComplete() {
            open().flush();
        }

        /** A client that sends and does not read is not read either. */
        @Override
        public void onWritabilityChanged(boolean writable) {
            open().reading(writable);
        }

        @Override
        public void onClosed(int code) {}

        private WebSocket open() {
            return requireNonNull(socket);
        }
    }
}
