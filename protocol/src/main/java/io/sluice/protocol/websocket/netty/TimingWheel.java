package io.sluice.protocol.websocket.netty;

import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * The one timer of an event loop: a wheel of slots, 250 ms apart, which visits each handler when it asked for it, at most a slot late.
 * What it costs is the visits: handlers that wait for nothing cost none, and while nobody waits nothing runs. Coming, going and asking
 * for an earlier visit move one handler from one ring to another. Who waits for longer than the wheel turns is visited in between and
 * says again how long. Of a crowd that is due at once some are visited in each turn of the loop, which has its sockets to look after
 * between. Belongs to its loop's thread.
 */
final class TimingWheel implements Runnable {

    /** The delay of who waits for nothing. */
    static final long NEVER = Long.MAX_VALUE;

    static final long SLOT_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** One turn takes 32 s: longer than the usual interval of pings, so that between two of them nobody is visited for nothing. */
    static final int SLOTS = 128;

    /** Each may answer, close and flush: some milliseconds of work. */
    static final int MOST_VISITS_IN_A_TURN = 64;

    /** Later than this is no jitter of the loop: the process stood still. */
    private static final long STALL_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A handler that is visited while it is added. The links are its own, so that to wait costs no object. */
    abstract static class Visited extends ChannelInboundHandlerAdapter {

        private static final long ABSENT = -1;
        private static final long WAITING_FOR_NOTHING = Long.MAX_VALUE;

        /** Itself where it is in no ring. */
        Visited previous = this;

        Visited next = this;

        /** When it is visited, counted in slots. */
        private long slot = ABSENT;

        /**
         * Does what is due, and says when it wants to be visited next. A visit may come too early.
         *
         * @param stalledNanos how much later than intended this visit comes, if that is more than a second; else 0
         * @return nanoseconds from {@code nowNanos} on; {@link #NEVER} to be visited only if it asks for it
         */
        abstract long visit(long nowNanos, long stalledNanos);
    }

    private final EventLoop loop;
    private final long origin;
    private final Ring[] slots = new Ring[SLOTS];
    private final Ring due = new Ring();

    /** The slot whose handlers were visited last. */
    private long reached;

    private int waiting;
    private boolean scheduled;

    /** How long the process stood still before those became due that are due now. */
    private long stalled;

    TimingWheel(EventLoop loop) {
        this.loop = loop;
        origin = loop.ticker().nanoTime();
        for (int i = 0; i < SLOTS; i++) {
            slots[i] = new Ring();
        }
    }

    /** Adds {@code handler}, to be visited in {@code nanos} at the latest. */
    void add(Visited handler, long nanos, long nowNanos) {
        assert loop.inEventLoop();
        if (!contains(handler)) {
            handler.slot = Visited.WAITING_FOR_NOTHING;
        }
        visitWithin(handler, nanos, nowNanos);
    }

    boolean contains(Visited handler) {
        return handler.slot != Visited.ABSENT;
    }

    /** Brings the next visit of {@code handler} forward, if it would come later; no effect where it is not there. */
    void visitWithin(Visited handler, long nanos, long nowNanos) {
        assert loop.inEventLoop();
        if (nanos == NEVER || !contains(handler)) {
            return;
        }
        if (waiting == 0 && !scheduled) {
            reached = slotBefore(nowNanos);
        }
        long slot = Math.max(reached + 1, Math.min(reached + SLOTS - 1, slotBehind(nowNanos, nanos)));
        if (slot < handler.slot) {
            takeOut(handler);
            putIn(handler, slot);
            if (!scheduled) {
                schedule(nowNanos);
            }
        }
    }

    /** No effect where it is not there. */
    void remove(Visited handler) {
        assert loop.inEventLoop();
        takeOut(handler);
        handler.slot = Visited.ABSENT;
    }

    @Override
    public void run() {
        long now = loop.ticker().nanoTime();
        if (due.isEmpty()) {
            long late = now - timeOf(reached + 1);
            stalled = late > STALL_NANOS ? late : 0;
            collectDue(slotBefore(now), stalled > 0);
        }
        try {
            visitDue(now);
        } finally {
            // Only now: what the visits ask for is served by the one timer that is set here.
            scheduled = false;
            if (!due.isEmpty()) {
                scheduleIn(0);
            } else if (waiting > 0) {
                schedule(now);
            }
        }
    }

    private void visitDue(long nowNanos) {
        for (int visits = 0; visits < MOST_VISITS_IN_A_TURN && !due.isEmpty(); visits++) {
            Visited handler = due.next;
            takeOut(handler);
            visitWithin(handler, handler.visit(nowNanos, stalled), nowNanos);
        }
    }

    /** @param everybody since nobody was heard while the process stood still, whatever their deadlines are */
    private void collectDue(long newest, boolean everybody) {
        long end = everybody ? reached + SLOTS : Math.min(newest, reached + SLOTS);
        for (long slot = reached + 1; slot <= end; slot++) {
            due.takeAll(ring(slot));
        }
        reached = Math.max(reached, newest);
    }

    private void putIn(Visited handler, long slot) {
        ring(slot).add(handler);
        handler.slot = slot;
        waiting++;
    }

    private void takeOut(Visited handler) {
        if (handler.next != handler) {
            handler.previous.next = handler.next;
            handler.next.previous = handler.previous;
            handler.previous = handler;
            handler.next = handler;
            handler.slot = Visited.WAITING_FOR_NOTHING;
            waiting--;
        }
    }

    private void schedule(long nowNanos) {
        scheduleIn(timeOf(reached + 1) - nowNanos);
    }

    /** By the clock even if it is at once: a task that is executed comes before the sockets are looked at. */
    private void scheduleIn(long nanos) {
        scheduled = true;
        var ignored = loop.schedule(this, nanos, TimeUnit.NANOSECONDS);
    }

    private Ring ring(long slot) {
        return slots[(int) (slot % SLOTS)];
    }

    private long timeOf(long slot) {
        return origin + slot * SLOT_NANOS;
    }

    private long slotBefore(long nowNanos) {
        return (nowNanos - origin) / SLOT_NANOS;
    }

    private long slotBehind(long nowNanos, long nanos) {
        return nanos >= SLOTS * SLOT_NANOS ? Long.MAX_VALUE : slotBefore(nowNanos + nanos + SLOT_NANOS - 1);
    }

    /** The handlers of one slot, linked to a ring that begins and ends here. */
    private static final class Ring extends Visited {

        boolean isEmpty() {
            return next == this;
        }

        void add(Visited handler) {
            handler.previous = previous;
            handler.next = this;
            previous.next = handler;
            previous = handler;
        }

        /** Empties {@code other} into this one, however many are in it. */
        void takeAll(Ring other) {
            if (other.isEmpty()) {
                return;
            }
            other.next.previous = previous;
            previous.next = other.next;
            other.previous.next = this;
            previous = other.previous;
            other.next = other;
            other.previous = other;
        }

        @Override
        long visit(long nowNanos, long stalledNanos) {
            throw new IllegalStateException("a ring has no deadline");
        }
    }
}
