package io.sluice.gateway.session;

import io.netty.channel.EventLoop;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.fanout.Shard;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sessions of this node, kept by event loop: what is done to all of them is done on each loop to its own. */
public final class Sessions {

    private final Map<Shard, LoopSessions> byShard = new HashMap<>();
    private final Map<EventLoop, Shard> shards = new HashMap<>();
    private final AtomicInteger count = new AtomicInteger();
    private volatile @Nullable SharedLimits newestLimits;
    private volatile boolean brokerBlocked;
    private volatile SessionListener listener = SessionListener.NONE;

    public Sessions(List<Shard> shards) {
        for (Shard shard : shards) {
            this.shards.put(shard.eventLoop(), shard);
            byShard.put(shard, new LoopSessions());
        }
    }

    /** Sessions that are open now. Any thread. */
    public int count() {
        return count.get();
    }

    /**
     * Calls {@code action} with every session, on the session's event loop. Any thread; returns before it is done. A node that is closed
     * meanwhile has no sessions left.
     */
    public void forEach(Consumer<Session> action) {
        byShard.forEach((shard, sessions) -> {
            try {
                shard.eventLoop().execute(() -> new ArrayList<>(sessions).forEach(action));
            } catch (RejectedExecutionException closed) {
                assert shard.eventLoop().isShuttingDown();
            }
        });
    }

    /** Before the first session. */
    public void listener(SessionListener told) {
        listener = told;
    }

    SessionListener listener() {
        return listener;
    }

    /**
     * As {@link #forEach}, a few in each turn of a loop, so that whoever has much to look at keeps nobody waiting; then {@code done},
     * once, on the loop that was last. Sessions that come meanwhile may be left out.
     */
    public void visit(Consumer<Session> action, Runnable done) {
        Visit visit = new Visit(action, done, byShard.size());
        byShard.forEach((shard, sessions) -> shard.eventLoop().execute(() -> visit.begin(shard.eventLoop(), sessions)));
    }

    /** The broker has stopped or resumed accepting publishes: every session is told. Any thread. */
    public void brokerBlocked(boolean blocked) {
        if (brokerBlocked != blocked) {
            brokerBlocked = blocked;
            forEach(session -> session.tellBlocked(blocked));
        }
    }

    /** What {@code limits}, the configured ones, come to: the same object until they are configured anew. */
    SharedLimits limits(Limits limits) {
        SharedLimits newest = newestLimits;
        if (newest == null || !newest.configured().equals(limits)) {
            newest = SharedLimits.of(limits);
            newestLimits = newest;
        }
        return newest;
    }

    boolean isBrokerBlocked() {
        return brokerBlocked;
    }

    Shard shard(EventLoop eventLoop) {
        Shard shard = shards.get(eventLoop);
        if (shard == null) {
            throw new IllegalArgumentException("this event loop has no shard");
        }
        return shard;
    }

    void add(Shard shard, Session session) {
        assert shard.inEventLoop();
        if (on(shard).add(session)) {
            count.incrementAndGet();
        }
    }

    void remove(Shard shard, Session session) {
        assert shard.inEventLoop();
        if (on(shard).leave(session)) {
            count.decrementAndGet();
        }
    }

    private LoopSessions on(Shard shard) {
        LoopSessions sessions = byShard.get(shard);
        if (sessions == null) {
            throw new IllegalArgumentException("this shard is of another node");
        }
        return sessions;
    }
}
