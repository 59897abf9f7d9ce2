package io.sluice.gateway.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The ports that this node listens on. */
public final class Listeners implements AutoCloseable {

    private static final int BACKLOG = 4096;

    /** Where a channel calls itself unwritable, until it is a session's and has that one's limit. */
    private static final int HIGH_WATER = 64 << 10;

    /** For one read; the buffer goes back to its pool behind it, so the size costs an idle connection nothing. */
    private static final int READ_BYTES = 8 << 10;

    private final Transport transport;
    private final EventLoopGroup acceptors;
    private final AcceptFailures failures;
    private final List<Channel> bound = new ArrayList<>();

    /** @param acceptors event loops that accept connections; not closed here */
    public Listeners(Transport transport, EventLoopGroup acceptors, Meters meters) {
        this.transport = transport;
        this.acceptors = acceptors;
        failures = new AcceptFailures(meters);
    }

    /**
     * Binds one port.
     *
     * @param port 0 for any free one
     * @param workers event loops of the accepted connections
     * @return the address that was bound
     * @throws IOException with a sentence that names the address, if it cannot be bound
     */
    public synchronized InetSocketAddress bind(
            String host, int port, EventLoopGroup workers, Consumer<Channel> initializer) throws IOException {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(acceptors, workers)
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(
                        ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(HIGH_WATER / 2, HIGH_WATER))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel port) {
                        port.pipeline().addLast(failures, new AcceptPace(port));
                    }
                })
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.parent().pipeline().get(AcceptPace.class).taken(channel);
                        initializer.accept(channel);
                    }
                });
        var binding = bootstrap.bind(new InetSocketAddress(host, port)).awaitUninterruptibly();
        if (!binding.isSuccess()) {
            throw new IOException(
                    "Cannot listen on " + host + ":" + port + ": " + reason(binding.cause()), binding.cause());
        }
        bound.add(binding.channel());
        return (InetSocketAddress) binding.channel().localAddress();
    }

    /** What is wrong, by the kernel's words, and what to do about it. */
    static String reason(Throwable failure) {
        if (failure instanceof UnresolvedAddressException || failure instanceof UnknownHostException) {
            return "this host name is not known. Name an address of this machine: 0.0.0.0 is all that it has.";
        }
        String words = String.valueOf(failure.getMessage());
        if (words.contains("Cannot assign requested address")) {
            return "no interface of this machine has that address: 0.0.0.0 is all that it has.";
        }
        if (words.contains("Permission denied")) {
            return "ports below 1024 are for root. Choose another, or grant CAP_NET_BIND_SERVICE.";
        }
        return words.contains("Address already in use")
                ? "the port is in use. Choose another port, or stop what uses it."
                : words + ". Choose another address or port.";
    }

    /** Takes no more connections; those that are open stay. Any thread: a drain may come while another closes. */
    @Override
    public synchronized void close() {
        for (Channel channel : bound) {
            channel.close().awaitUninterruptibly();
        }
        bound.clear();
    }
}
