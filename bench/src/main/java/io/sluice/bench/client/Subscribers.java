package io.sluice.bench.client;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.sluice.gateway.server.Transport;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** Many WebSocket clients that are subscribed, on one event loop whose CPU time is known. Any thread. */
public final class Subscribers implements AutoCloseable {

    /** Handshakes under way at once. */
    private static final int CONNECTING = 64;

    /** Clients that look into what they receive where latency is asked for. */
    private static final int SAMPLED = 20;

    private static final int RECEIVE_BYTES = 64 << 10;
    private static final int PATIENCE_SECONDS = 120;

    private final EventLoopGroup loop = Transport.best().eventLoops("subscribers", 1);
    private final List<Channel> channels = new ArrayList<>();
    private final List<Subscriber> handlers = new ArrayList<>();
    private final Tally tally = new Tally();
    private final long thread;

    private Subscribers() throws Exception {
        thread = loop.submit(() -> Thread.currentThread().getId()).get();
    }

    /**
     * Connects {@code count} clients and returns when all of them are subscribed.
     *
     * @param topics of each client, by its number from 0
     * @throws IllegalStateException with what the server said, where one was refused or took longer than two minutes
     */
    public static Subscribers connect(Endpoint endpoint, int count, IntFunction<List<String>> topics) throws Exception {
        Subscribers subscribers = new Subscribers();
        try {
            subscribers.open(endpoint, count, topics);
            return subscribers;
        } catch (Exception e) {
            subscribers.close();
            throw e;
        }
    }

    /** How many there are. */
    public int count() {
        return channels.size();
    }

    /** Messages received by all of them since they were subscribed. */
    public long deliveries() {
        return tally.deliveries();
    }

    /** CPU time of the event loop so far, user and system, in seconds. */
    public double cpuSeconds() {
        return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread) / 1e9;
    }

    /** From now on the way of each message from its {@link Stamp} is recorded, by a few of them; null: no longer. */
    public void recordLatency(@Nullable Histogram nanos) {
        tally.latency = nanos;
    }

    /** From now on everything received is an answer, and those without {@code expected} are refusals. */
    public void expectAnswers(String expected) {
        tally.expected = expected.getBytes(StandardCharsets.UTF_8);
    }

    /** @throws IllegalStateException if the server has closed or refused one of them, with what it said */
    public void check() {
        if (tally.closed() > 0 || tally.refused() > 0) {
            throw new IllegalStateException(tally.closed() + " clients were closed, " + tally.refused()
                    + " answers refused: " + tally.complaint());
        }
    }

    /** Lets the clients talk in turn, {@code perSecond} times a second together and evenly, until the result is closed. */
    public Talk talk(double perSecond, Talk.Script script) {
        return Talk.start(loop.next(), handlers, perSecond, script);
    }

    /** Whether the last {@code clients} of them read what the server sends. */
    public void reading(int clients, boolean enabled) {
        for (Channel channel : channels.subList(channels.size() - clients, channels.size())) {
            channel.config().setAutoRead(enabled);
        }
    }

    /** Resets all connections and returns when that is done. */
    @Override
    public void close() {
        channels.forEach(channel -> channel.config().setOption(ChannelOption.SO_LINGER, 0));
        loop.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void open(Endpoint endpoint, int count, IntFunction<List<String>> topics) throws InterruptedException {
        Semaphore connecting = new Semaphore(CONNECTING);
        for (int i = 0; i < count; i++) {
            acquire(connecting, 1, count - i);
            Subscriber subscriber = new Subscriber(
                    endpoint.dialect(),
                    endpoint.dialect().greeting().steps(i, topics.apply(i)),
                    tally,
                    i % Math.max(1, count / SAMPLED) == 0,
                    connecting::release);
            handlers.add(subscriber);
            channels.add(bootstrap(endpoint, subscriber)
                    .connect("127.0.0.1", endpoint.port())
                    .addListener(done -> {
                        if (!done.isSuccess()) {
                            tally.left(String.valueOf(done.cause()));
                        }
                    })
                    .channel());
        }
        acquire(connecting, CONNECTING, CONNECTING - connecting.availablePermits());
    }

    private void acquire(Semaphore connecting, int permits, int missing) throws InterruptedException {
        for (int waited = 0; !connecting.tryAcquire(permits, 1, TimeUnit.SECONDS); waited++) {
            check();
            if (waited == PATIENCE_SECONDS) {
                throw new IllegalStateException(missing + " clients were not subscribed in " + waited + " s");
            }
        }
    }

    private Bootstrap bootstrap(Endpoint endpoint, Subscriber subscriber) {
        return new Bootstrap()
                .group(loop)
                .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BYTES))
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (endpoint.tls() != null) {
                            channel.pipeline().addLast(endpoint.tls().newHandler(channel.alloc()));
                        }
                        channel.pipeline().addLast(subscriber);
                    }
                });
    }
}
