package io.sluice.gateway.server;

import io.netty.channel.EventLoop;
import io.sluice.gateway.metrics.Meters;
import java.util.concurrent.TimeUnit;

/** Measures how late an event loop is: twice a second it asks to be run at once, and looks when it is. */
public final class LoopLag implements Runnable {

    private static final long PERIOD_MILLIS = 500;

    private final EventLoop eventLoop;
    private final Meters meters;
    private long due;
    private long lastNanos;
    private volatile long sustainedNanos;

    private LoopLag(EventLoop eventLoop, Meters meters) {
        this.eventLoop = eventLoop;
        this.meters = meters;
    }

    /** Measures {@code eventLoop} as long as it runs, for {@code meters} and {@code overload}. */
    public static void measure(EventLoop eventLoop, Meters meters, Overload overload) {
        LoopLag lag = new LoopLag(eventLoop, meters);
        overload.measure(eventLoop, lag);
        eventLoop.execute(lag::next);
    }

    /** How late it was twice in a row, at least: one pause of the garbage collector is no overload. */
    long sustainedNanos() {
        return sustainedNanos;
    }

    @Override
    public void run() {
        long nanos = Math.max(0, System.nanoTime() - due);
        meters.loopLag(nanos);
        sustainedNanos = Math.min(nanos, lastNanos);
        lastNanos = nanos;
        next();
    }

    private void next() {
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
        if (!eventLoop.isShuttingDown()) {
            var unused = eventLoop.schedule(this, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
