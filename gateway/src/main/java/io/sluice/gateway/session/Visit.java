package io.sluice.gateway.session;

import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One round through all sessions, on each loop to its own and a few in each turn. */
final class Visit {

    /** So many are looked at within a fraction of a millisecond. */
    private static final int IN_ONE_TURN = 256;

    private final Consumer<Session> action;
    private final Runnable done;
    private final AtomicInteger loopsLeft;

    Visit(Consumer<Session> action, Runnable done, int loops) {
        this.action = action;
        this.done = done;
        loopsLeft = new AtomicInteger(loops);
    }

    /** On {@code loop}, whose sessions these are. */
    void begin(EventLoop loop, Collection<Session> sessions) {
        turn(loop, new ArrayDeque<>(sessions));
    }

    private void turn(EventLoop loop, Queue<Session> left) {
        for (int i = 0; i < IN_ONE_TURN && !left.isEmpty(); i++) {
            action.accept(left.remove());
        }
        if (!left.isEmpty()) {
            loop.execute(() -> turn(loop, left));
        } else if (loopsLeft.decrementAndGet() == 0) {
            done.run();
        }
    }
}
