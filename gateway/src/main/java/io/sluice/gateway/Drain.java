package io.sluice.gateway;

import io.sluice.gateway.operations.Health;
import io.sluice.gateway.server.Listeners;
import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionEnd;
import io.sluice.gateway.session.Sessions;
import io.sluice.protocol.subprotocol.GoawayReason;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How a node goes down with nobody noticing: not ready at once, no new connections after a while, and then each session is sent away at
 * a random moment of a window, so that the other nodes are not stormed.
 */
final class Drain {

    private static final long POLL_MILLIS = 50;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private final Health health;
    private final Listeners listeners;
    private final Sessions sessions;
    private volatile boolean hurried;

    Drain(Health health, Listeners listeners, Sessions sessions) {
        this.health = health;
        this.listeners = listeners;
        this.sessions = sessions;
    }

    /** Whoever drains waits no more: the sessions that are left are closed at once. Any thread. */
    void hurry() {
        hurried = true;
    }

    /**
     * Blocks until the sessions are gone, or the last of them has had its time to go. With no sessions it takes no time.
     *
     * @param delay from not ready until new connections are refused
     * @param window over which the sessions are sent away
     * @param grace for the last close to be answered
     */
    void run(Duration delay, Duration window, Duration grace) throws InterruptedException {
        health.draining();
        await(delay);
        health.refusing();
        listeners.close();
        long windowNanos = window.toNanos();
        sessions.forEach(session -> {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            long at = windowNanos == 0 ? 0 : random.nextLong(windowNanos);
            session.leave(at, random.nextLong(1000, 5000), GoawayReason.DRAIN);
        });
        await(window.plus(Session.LEAVING).plus(grace));
        if (hurried) {
            sessions.forEach(session -> session.end(SessionEnd.DRAIN));
            awaitGone(LAST_WORDS);
        }
    }

    private void await(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        while (!hurried && sessions.count() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    private void awaitGone(Duration most) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        while (sessions.count() > 0 && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }
}
