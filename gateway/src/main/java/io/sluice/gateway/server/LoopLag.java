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

    private LoopLag(EventLoop eventLoop, Meters meters) {
        this.eventLoop = eventLoop;
        this.meters = meters;
    }

    /** Measures {@code eventLoop} as long as it runs. */
    public static void measure(EventLoop eventLoop, Meters meters) {
        LoopLag lag = new LoopLag(eventLoop, meters);
        eventLoop.execute(lag::next);
    }

    @Override
    public void run() {
        meters.loopLag(Math.max(0, System.nanoTime() - due));
        next();
    }

    private void next() {
        due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
        if (!eventLoop.isShuttingDown()) {
            var unused = eventLoop.schedule(this, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
