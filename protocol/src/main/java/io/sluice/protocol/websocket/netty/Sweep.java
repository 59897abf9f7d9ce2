package io.sluice.protocol.websocket.netty;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The one timer of an event loop: every 250 ms it visits all handlers that have a deadline there. To come and to go is one array access,
 * and while nobody is there nothing runs. Belongs to its loop's thread.
 */
final class Sweep implements Runnable {

    static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** Later than this is no jitter of the loop: the process stood still. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int ABSENT = -1;

    /** A handler that is visited while it is added. */
    abstract static class Visited extends ChannelInboundHandlerAdapter {

        private int index = ABSENT;

        /** @param stalledNanos how much later than intended this visit comes, if that is more than a second; else 0 */
        abstract void visit(long nowNanos, long stalledNanos);
    }

    private final EventLoop loop;
    private final List<Visited> visited = new ArrayList<>();
    private boolean scheduled;
    private long nextNanos;

    Sweep(EventLoop loop) {
        this.loop = loop;
    }

    void add(Visited handler) {
        assert loop.inEventLoop();
        handler.index = visited.size();
        visited.add(handler);
        if (!scheduled) {
            schedule(loop.ticker().nanoTime());
        }
    }

    boolean contains(Visited handler) {
        return handler.index != ABSENT;
    }

    /** No effect where it is not there. */
    void remove(Visited handler) {
        assert loop.inEventLoop();
        if (handler.index == ABSENT) {
            return;
        }
        Visited last = visited.remove(visited.size() - 1);
        if (last != handler) {
            visited.set(handler.index, last);
            last.index = handler.index;
        }
        handler.index = ABSENT;
    }

    @Override
    public void run() {
        long now = loop.ticker().nanoTime();
        long late = now - nextNanos;
        long stalled = late > STALL_NANOS ? late : 0;
        // From the end, since a visit may remove its handler, whose place the last one takes: that one has been
        // visited.
        for (int i = visited.size() - 1; i >= 0; i--) {
            if (i < visited.size()) {
                visited.get(i).visit(now, stalled);
            }
        }
        if (visited.isEmpty()) {
            scheduled = false;
        } else {
            schedule(now);
        }
    }

    private void schedule(long nowNanos) {
        scheduled = true;
        nextNanos = nowNanos + PERIOD_NANOS;
        var ignored = loop.schedule(this, PERIOD_NANOS, TimeUnit.NANOSECONDS);
    }
}
