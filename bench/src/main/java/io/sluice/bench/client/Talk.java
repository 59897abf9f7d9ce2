package io.sluice.bench.client;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Clients that talk in turn at an even rate. What is late is said at once, so that the rate is kept. Closing it ends it. */
public final class Talk implements AutoCloseable {

    /** What is said. */
    @FunctionalInterface
    public interface Script {

        /**
         * The message of one turn.
         *
         * @param turn counted from 0; client {@code turn % clients} says it
         * @param intended when it was to be said, as {@link System#nanoTime}
         */
        byte[] say(long turn, long intended);
    }

    private final List<Subscriber> clients;
    private final double perSecond;
    private final Script script;
    private final long start = System.nanoTime();
    private long turn;
    private volatile boolean over;

    private Talk(List<Subscriber> clients, double perSecond, Script script) {
        this.clients = clients;
        this.perSecond = perSecond;
        this.script = script;
    }

    static Talk start(EventLoop loop, List<Subscriber> clients, double perSecond, Script script) {
        Talk talk = new Talk(List.copyOf(clients), perSecond, script);
        // With a delay, not at a rate: a loop that is late would otherwise tick on and on and read nothing.
        var unused = loop.scheduleWithFixedDelay(talk::tick, 1, 1, TimeUnit.MILLISECONDS);
        return talk;
    }

    @Override
    public void close() {
        over = true;
    }

    private void tick() {
        long now = System.nanoTime();
        for (long intended = intended(); !over && intended <= now; intended = intended()) {
            clients.get((int) (turn % clients.size())).say(script.say(turn, intended));
            turn++;
        }
    }

    private long intended() {
        return start + Math.round(turn * 1e9 / perSecond);
    }
}
