package io.sluice.bench.load;

import io.sluice.bench.client.Stamp;
import io.sluice.bench.client.Subscribers;
import io.sluice.bench.server.Broker;
import io.sluice.bench.server.OsProcess;
import io.sluice.bench.server.Server;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/** Publishes to a server's subscribers, and measures. One thread. */
public final class Load {

    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(10);
    /** Cores, and how much longer than asked a server is warmed up while it compiles. */
    private static final double COMPILING = 0.03;

    private static final int MOST_WARM_UPS = 3;
    private static final int MOST_PACED_WARM_UPS = 5;

    private static final long SETTLE_NANOS = TimeUnit.MINUTES.toNanos(1);

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private final Broker broker;
    private final Server server;
    private final Subscribers subscribers;
    private final List<String> topics;
    private final int receivers;
    private long published;

    /**
     * @param topics published to in turn
     * @param receivers of each message
     */
    public Load(Broker broker, Server server, Subscribers subscribers, List<String> topics, int receivers) {
        this.broker = broker;
        this.server = server;
        this.subscribers = subscribers;
        this.topics = List.copyOf(topics);
        this.receivers = receivers;
    }

    /**
     * Saturates: at most {@code window} messages are under way, so nobody drowns in a queue and what is measured is what the server can
     * do.
     *
     * @param bytes of each message's body
     * @param warmUp seconds before it is measured; up to four times as long while the server's JIT compiler is at work
     * @throws IllegalStateException where deliveries were lost, or a client was closed
     */
    public Figures saturate(int bytes, int window, double warmUp, double seconds) throws IOException {
        byte[] body = body(bytes, System.nanoTime());
        long base = subscribers.deliveries() - published * receivers;
        drive(body, window, base, warmUp);
        warmUp((int) (MOST_WARM_UPS * warmUp), () -> drive(body, window, base, 1));
        Figures.Usage start = usage(System.nanoTime());
        drive(body, window, base, seconds);
        Figures figures = usage(System.nanoTime()).since(start, Double.NaN, Double.NaN);
        settle();
        subscribers.check();
        return figures;
    }

    /**
     * Publishes {@code rate} messages a second, evenly, for {@code seconds}. Latency counts from the moment at which a message was to be
     * sent, whatever kept the publisher.
     */
    public Figures pace(int bytes, double rate, double seconds) throws IOException {
        warmUp(MOST_PACED_WARM_UPS, () -> tick(bytes, rate, 1));
        settle();
        Histogram nanos = new Histogram(LONGEST_NANOS, 3);
        subscribers.recordLatency(nanos);
        Figures.Usage start = usage(System.nanoTime());
        tick(bytes, rate, seconds);
        Figures.Usage end = usage(settle());
        subscribers.recordLatency(null);
        subscribers.check();
        return figures(start, end, nanos);
    }

    /** Publishes nothing, and measures for {@code seconds} what goes on anyway. */
    public Figures observe(double seconds) throws IOException {
        Histogram nanos = new Histogram(LONGEST_NANOS, 3);
        subscribers.recordLatency(nanos);
        Figures.Usage start = usage(System.nanoTime());
        sleepUntil(System.nanoTime() + nanos(seconds));
        Figures.Usage end = usage(System.nanoTime());
        subscribers.recordLatency(null);
        subscribers.check();
        return figures(start, end, nanos);
    }

    /** Lets {@code seconds} of what goes on anyway pass, and up to six times as much while the server's JIT compiler is at work. */
    public void warmUp(double seconds) throws IOException {
        sleepUntil(System.nanoTime() + nanos(seconds));
        warmUp((int) (MOST_PACED_WARM_UPS * seconds), () -> sleepUntil(System.nanoTime() + nanos(1)));
    }

    /** Returns when nothing more arrives, with the moment at which the last of it did. */
    public long settle() {
        long last = System.nanoTime();
        long end = last + SETTLE_NANOS;
        long seen = subscribers.deliveries();
        for (long now = last; now - last < QUIET_NANOS && now < end; now = System.nanoTime()) {
            LockSupport.parkNanos(POLL_NANOS);
            if (subscribers.deliveries() != seen) {
                seen = subscribers.deliveries();
                last = System.nanoTime();
            }
        }
        return last;
    }

    /** Goes on while the server's JIT compiler is at work: its threads' time is the server's, and would be measured. */
    private void warmUp(int mostSeconds, Work second) throws IOException {
        boolean compiling = true;
        for (int i = 0; i < mostSeconds && compiling; i++) {
            double before = server.process().compilerSeconds();
            second.run();
            compiling = server.process().compilerSeconds() - before > COMPILING;
        }
    }

    private void drive(byte[] body, int window, long base, double seconds) throws IOException {
        long end = System.nanoTime() + nanos(seconds);
        long progress = System.nanoTime();
        long before = -1;
        for (long now = progress; now < end; now = System.nanoTime()) {
            long delivered = (subscribers.deliveries() - base) / receivers;
            if (delivered != before) {
                before = delivered;
                progress = now;
            } else if (now - progress > STALL_NANOS) {
                subscribers.check();
                throw new IllegalStateException(published - delivered + " messages were not delivered within 10 s");
            }
            if (published - delivered < window) {
                publish(body);
            } else {
                LockSupport.parkNanos(20_000);
            }
        }
    }

    private void tick(int bytes, double rate, double seconds) throws IOException {
        long start = System.nanoTime();
        long count = Math.max(1, Math.round(rate * seconds));
        for (long i = 0; i < count; i++) {
            long intended = start + Math.round(i * 1e9 / rate);
            sleepUntil(intended);
            publish(body(bytes, intended));
        }
        sleepUntil(start + nanos(seconds));
    }

    private void publish(byte[] body) throws IOException {
        server.publisher().publish(topics.get((int) (published % topics.size())), body);
        published++;
    }

    private static Figures figures(Figures.Usage start, Figures.Usage end, Histogram nanos) {
        boolean any = nanos.getTotalCount() > 0;
        return end.since(
                start,
                any ? nanos.getValueAtPercentile(50) / 1e3 : Double.NaN,
                any ? nanos.getValueAtPercentile(99) / 1e3 : Double.NaN);
    }

    private Figures.Usage usage(long nanos) throws IOException {
        return new Figures.Usage(
                nanos,
                subscribers.deliveries(),
                server.process().cpuSeconds(),
                subscribers.cpuSeconds(),
                OsProcess.self().cpuSeconds(),
                broker.process().cpuSeconds(),
                OsProcess.machineSeconds());
    }

    /** A JSON string of {@code bytes} bytes with a stamp at its start. */
    private static byte[] body(int bytes, long intended) {
        byte[] body = new byte[bytes];
        Arrays.fill(body, (byte) 'x');
        body[0] = '"';
        body[bytes - 1] = '"';
        Stamp.write(body, 1, intended);
        return body;
    }

    private static void sleepUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private static long nanos(double seconds) {
        return Math.round(seconds * 1e9);
    }
}
