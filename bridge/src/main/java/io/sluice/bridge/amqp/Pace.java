package io.sluice.bridge.amqp;

import java.time.Duration;

/** Lets something happen at once, and then not again before a while has passed. Not thread-safe. */
final class Pace {

    private final long periodNanos;
    private boolean before;
    private long lastNanos;

    Pace(Duration period) {
        this.periodNanos = period.toNanos();
    }

    /** Whether it may happen now; if so, it counts as happening. */
    boolean allows() {
        long now = System.nanoTime();
        if (before && now - lastNanos < periodNanos) {
            return false;
        }
        before = true;
        lastNanos = now;
        return true;
    }
}
