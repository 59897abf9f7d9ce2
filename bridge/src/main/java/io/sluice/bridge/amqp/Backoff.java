package io.sluice.bridge.amqp;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Delays that double up to a last one, each with jitter, so that a fleet of nodes does not come back in step. Not thread-safe. */
final class Backoff {

    private final long first;
    private final long last;
    private long next;

    Backoff(Duration first, Duration last) {
        this.first = first.toNanos();
        this.last = last.toNanos();
        this.next = this.first;
    }

    /** Nanoseconds to wait now: between half of the delay and all of it. */
    long nextNanos() {
        long delay = next;
        next = Math.min(last, delay * 2);
        return delay / 2 + ThreadLocalRandom.current().nextLong(delay / 2 + 1);
    }

    void reset() {
        next = first;
    }
}
