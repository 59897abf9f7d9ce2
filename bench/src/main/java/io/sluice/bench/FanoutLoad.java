package io.sluice.bench;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One publisher, many subscribers, a closed loop: at most {@link #WINDOW} messages are under way, so nobody drowns in a queue and what is
 * measured is what the server can do.
 */
final class FanoutLoad {

    private static final int WINDOW = 64;

    /** What one load came to. */
    record Figures(double deliveriesPerSecond, double cpuMicrosPerDelivery) {}

    private final Receivers receivers;
    private final ServerProcess server;
    private final Publisher publisher;
    private final byte[] message;
    private final int subscribers;
    private final int frameBytes;
    private long sent;

    FanoutLoad(
            Receivers receivers,
            ServerProcess server,
            Publisher publisher,
            byte[] message,
            int subscribers,
            int frameBytes) {
        this.receivers = receivers;
        this.server = server;
        this.publisher = publisher;
        this.message = message;
        this.subscribers = subscribers;
        this.frameBytes = frameBytes;
    }

    /** Loads the server for {@code seconds} without looking, then measures for {@code seconds}. */
    Figures run(int warmUpSeconds, int seconds) throws IOException {
        drive(warmUpSeconds);
        double cpu = server.cpuSeconds();
        long bytes = receivers.bytes();
        long start = System.nanoTime();
        drive(seconds);
        double elapsed = (System.nanoTime() - start) / 1e9;
        double deliveries = (receivers.bytes() - bytes) / (double) frameBytes;
        if (receivers.closed() > 0) {
            throw new IOException(receivers.closed() + " receivers were closed by the server");
        }
        return new Figures(deliveries / elapsed, (server.cpuSeconds() - cpu) * 1e6 / deliveries);
    }

    private void drive(int seconds) throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            long delivered = receivers.bytes() / frameBytes / subscribers;
            if (sent - delivered < WINDOW) {
                publisher.publish(message);
                sent++;
            } else {
                LockSupport.parkNanos(20_000);
            }
        }
    }
}
