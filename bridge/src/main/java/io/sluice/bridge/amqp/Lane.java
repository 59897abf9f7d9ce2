package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.PublishOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes in order: a bounded queue, one thread that empties it, one confirm channel. The thread may block in a write for as long as the
 * broker takes nothing; nobody waits for it, and the clock answers for what waits behind it.
 *
 * <p>A channel that does not confirm in time is replaced, and so is, once nothing is under way on it, one whose publishes are rejected:
 * RabbitMQ's side of it may for ever look to the leader of a quorum queue that is no more, while a new channel finds the new leader.
 */
final class Lane implements Runnable {

    /** What the lanes have in common: the broker at the other end of their connection. */
    interface Peer {
        /** Whether it takes no publishes. */
        boolean blocked();

        /** Bytes: it is known to refuse a body that has more. */
        long largestBody();

        /** It has closed a channel. On a thread of the client. */
        void closed(AMQP.Channel.Close close);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long NOT_WRITING = 0;
    /** Between two channels on one connection: each refusal costs one, and must not become a stream of them. */
    private static final Duration REPLACE = Duration.ofSeconds(1);

    /** Between two channels of which the first rejected: most often a queue is full, and will be for a while. */
    private static final Duration RENEW = Duration.ofSeconds(2);

    private static final long QUIET_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long END_TOLD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** How long a publication waits for company while the broker still has one of its lane to confirm. */
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** As many go without waiting. */
    private static final int COMPANY = 64;

    private final Link link;
    private final AmqpSettings settings;
    private final PublishProperties properties;
    private final Peer peer;
    private final Window room;
    private final Pace replacements;
    private final Pace renewals;
    private final Queue<Pending> queue = new ConcurrentLinkedQueue<>();
    /** Goes before the queue: it was sent behind a publication that cost the channel. */
    private final Deque<Pending> unsent = new ConcurrentLinkedDeque<>();

    private final Thread thread;

    private volatile boolean idle;
    private volatile boolean gathering;
    private volatile boolean stopped;
    private volatile long writingSinceNanos = NOT_WRITING;
    private volatile @Nullable ConfirmChannel channel;
    private volatile @Nullable ConfirmChannel silent;
    private @Nullable Connection channelOf;
    private boolean held;
    private long sentNanos = System.nanoTime();

    Lane(int number, Link link, AmqpSettings settings, BridgeThreads threads, PublishProperties properties, Peer peer) {
        this.link = link;
        this.settings = settings;
        this.properties = properties;
        this.peer = peer;
        this.room =
                new Window(settings.limits().laneMessages(), settings.limits().laneBytes());
        this.replacements = new Pace(REPLACE);
        this.renewals = new Pace(RENEW);
        this.thread = threads.newThread("sluice-publish-" + number, this);
    }

    void start() {
        thread.start();
    }

    /** There is a connection: its channel is opened now, not with the first publication. */
    void connected() {
        LockSupport.unpark(thread);
    }

    /** Whether there was room; if so it will be settled. Never blocks; any thread. */
    boolean offer(Pending pending) {
        if (!room.reserve(pending.size())) {
            return false;
        }
        queue.add(pending);
        if (stopped) {
            settleWaiting(PublishOutcome.NOT_SENT);
        } else if (idle || (gathering && room.count() >= COMPANY)) {
            LockSupport.unpark(thread);
        }
        return true;
    }

    @Override
    public void run() {
        while (!stopped) {
            reclaim(null);
            Pending next = unsent.poll();
            if (next == null) {
                gather();
                next = queue.poll();
                if (next == null) {
                    flush();
                    awaitWork();
                    continue;
                }
                room.release(next.size());
            }
            try {
                publish(next);
            } catch (RuntimeException failure) {
                LOG.error("A publication could not be sent: this is a fault of Sluice", failure);
                next.settle(PublishOutcome.NOT_SENT);
            }
        }
    }

    /** Answers for what has waited, or has been unconfirmed, for too long. On the clock's thread. */
    void expire(long nowNanos) {
        ConfirmChannel current = channel;
        boolean refuseAll = peer.blocked();
        if (current != null
                && current.expire(nowNanos, settings.timing().confirm().toNanos())
                && !refuseAll) {
            silent = current;
            LockSupport.unpark(thread);
        }
        for (Pending first = queue.peek();
                first != null && (refuseAll || nowNanos - first.takenNanos() > PATIENCE_NANOS);
                first = queue.peek()) {
            if (queue.remove(first)) {
                room.release(first.size());
                first.settle(PublishOutcome.BUSY);
            }
        }
    }

    /** Whether one write has been blocked for longer than any confirm is awaited, though the broker has not said that it blocks. */
    boolean stuck(long nowNanos) {
        long since = writingSinceNanos;
        return since != NOT_WRITING
                && !peer.blocked()
                && nowNanos - since > settings.timing().confirm().toNanos();
    }

    /** Ends the thread once it is not writing; settles what is left. */
    void stop() {
        stopped = true;
        LockSupport.unpark(thread);
    }

    /** Whether the thread has ended, waiting so long at most. */
    boolean awaitEnd(long millis) {
        try {
            thread.join(millis);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return !thread.isAlive();
    }

    void settleRest() {
        settleWaiting(PublishOutcome.NOT_SENT);
        ConfirmChannel current = channel;
        if (current != null) {
            current.giveUpAll();
        }
    }

    /**
     * Nagle's rule, with a bound: what comes alone goes at once, and while the broker still has something to confirm, what follows goes
     * together, in one write, and so most often in one read and one confirm of the broker's.
     */
    private void gather() {
        ConfirmChannel open = channel;
        if (held || open == null || open.quiet()) {
            return;
        }
        gathering = true;
        long left = sentNanos + GATHER_NANOS - System.nanoTime();
        if (left > 0 && room.count() < COMPANY && !queue.isEmpty() && !stopped) {
            LockSupport.parkNanos(this, left);
        }
        gathering = false;
    }

    private void publish(Pending next) {
        if (peer.blocked()) {
            next.settle(PublishOutcome.BUSY);
            return;
        }
        if (reclaim(next)) {
            return;
        }
        if (next.size() > peer.largestBody()) {
            // It would cost the lane its channel.
            next.settle(PublishOutcome.REJECTED);
            return;
        }
        ConfirmChannel open = awaitChannel(next);
        if (open == null) {
            next.settle(PublishOutcome.NOT_SENT);
            return;
        }
        writingSinceNanos = System.nanoTime() | 1;
        try {
            held = !queue.isEmpty();
            if (!open.send(next, held)) {
                reclaim(next);
            }
        } finally {
            writingSinceNanos = NOT_WRITING;
            sentNanos = System.nanoTime();
        }
    }

    /**
     * Where the channel is closed: gives it up, and puts what was never sent on it back, before {@code next}.
     *
     * @return whether it was closed
     */
    private boolean reclaim(@Nullable Pending next) {
        ConfirmChannel closed = channel;
        if (closed == null || closed.isOpen()) {
            return false;
        }
        long since = System.nanoTime();
        while (!closed.over() && !stopped && System.nanoTime() - since < END_TOLD_NANOS) {
            // The client is about to say why, but of a channel that was made as its connection went it says nothing.
            LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
        }
        if (next != null) {
            unsent.addFirst(next);
        }
        List<Pending> before = closed.takeUnsent();
        for (int i = before.size() - 1; i >= 0; i--) {
            unsent.addFirst(before.get(i));
        }
        channel = null;
        return true;
    }

    /** The channel, or the one that soon takes the place of one that was closed; null where there is none to be had now. */
    private @Nullable ConfirmChannel awaitChannel(Pending next) {
        ConfirmChannel open = openChannel();
        while (open == null
                && !stopped
                && channelOf != null
                && link.connection() == channelOf
                && System.nanoTime() - next.takenNanos() < PATIENCE_NANOS) {
            LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
            open = openChannel();
        }
        return open;
    }

    /** What was held because more waited: it may have been the clock that took the rest. */
    private void flush() {
        ConfirmChannel open = channel;
        if (!held || open == null) {
            return;
        }
        held = false;
        writingSinceNanos = System.nanoTime() | 1;
        try {
            open.flush();
        } finally {
            writingSinceNanos = NOT_WRITING;
            sentNanos = System.nanoTime();
        }
    }

    /** Null where there is none to be had now; it may be closed again. */
    private @Nullable ConfirmChannel openChannel() {
        ConfirmChannel current = channel;
        if (current != null && current.isOpen() && current.rejecting() && renewals.allows()) {
            renew(current);
            return current;
        }
        if (current != null && (current != silent || !current.isOpen())) {
            return current;
        }
        Connection connection = link.connection();
        Frames frames = link.frames();
        if (connection == null || frames == null || (connection == channelOf && !replacements.allows())) {
            return current;
        }
        if (current != null) {
            LOG.warn(
                    "a publish was not confirmed within {}; its channel is replaced",
                    settings.timing().confirm());
            current.abort();
            channelOf = null;
            return current;
        }
        channelOf = connection;
        try {
            current = ConfirmChannel.open(connection, frames, properties, settings.metrics(), this::onEnd);
            channel = current;
            return current;
        } catch (IOException | ShutdownSignalException failure) {
            if (connection.isOpen()) {
                LOG.warn("no channel to publish on: {}", failure.toString());
            }
            return null;
        }
    }

    /** Ends it as soon as nothing is under way on it, so that no outcome is lost and no order; if that is not soon, not this time. */
    private void renew(ConfirmChannel rejecting) {
        flush();
        long since = System.nanoTime();
        while (!rejecting.quiet() && !stopped && System.nanoTime() - since < QUIET_NANOS) {
            LockSupport.parkNanos(this, LOOK_AGAIN_NANOS);
        }
        if (rejecting.quiet()) {
            LOG.debug("publishes are rejected: they go on on a new channel");
            rejecting.abort();
            channelOf = null;
        }
    }

    private void awaitWork() {
        if (link.open()) {
            openChannel();
        }
        idle = true;
        ConfirmChannel current = channel;
        if (queue.isEmpty() && !stopped && (current == null || current.isOpen())) {
            LockSupport.park(this);
        }
        idle = false;
    }

    private void onEnd(AMQP.Channel.@Nullable Close close) {
        LockSupport.unpark(thread);
        if (close != null) {
            peer.closed(close);
        }
    }

    private void settleWaiting(PublishOutcome outcome) {
        for (Pending next = unsent.poll(); next != null; next = unsent.poll()) {
            next.settle(outcome);
        }
        for (Pending next = queue.poll(); next != null; next = queue.poll()) {
            room.release(next.size());
            next.settle(outcome);
        }
    }
}
