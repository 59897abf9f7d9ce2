package io.sluice.gateway.admission;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Keeps a back end that fails from being asked: after five failures in a row it is left alone for five seconds, and then one question
 * finds out whether it is back. Any thread.
 */
final class CircuitBreaker {

    static final int FAILURES = 5;
    static final long OPEN_NANOS = Duration.ofSeconds(5).toNanos();

    private final LongSupplier nanoTime;
    private int failures;
    private long askAtNanos;

    CircuitBreaker(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Whether it may be asked now. Who is told so tells what came of it, by one of the two below. */
    synchronized boolean allows() {
        if (failures < FAILURES) {
            return true;
        }
        long now = nanoTime.getAsLong();
        if (now - askAtNanos < 0) {
            return false;
        }
        askAtNanos = now + OPEN_NANOS;
        return true;
    }

    synchronized void succeeded() {
        failures = 0;
    }

    /** True where it has just been left alone. */
    synchronized boolean failed() {
        askAtNanos = nanoTime.getAsLong() + OPEN_NANOS;
        return ++failures == FAILURES;
    }
}
