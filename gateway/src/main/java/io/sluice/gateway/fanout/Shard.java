package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.gateway.metrics.RuleMeters.DropReason;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The fan-out of one event loop. A turn takes what waits of every rule, matches it, writes it to every session it is for, and then
 * flushes each touched channel once, so that one system call carries many messages. Feeds put from their own threads; everything else
 * happens on the event loop.
 */
public final class Shard {

    /** What may wait for one rule on one shard before its oldest goes. */
    private static final int INBOX_MESSAGES = 8192;

    private static final long INBOX_BYTES = 16 << 20;

    /** Messages of one rule in one turn: behind them the other rules, and the other work of the loop, have their turn. */
    private static final int TURN_MESSAGES = 1024;

    private final EventLoop eventLoop;
    private final List<TopicRule> rules;
    private final Meters meters;

    private final AtomicIntegerArray subscribed;
    private final List<Inbox> inboxes = new ArrayList<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Runnable turn = this::turn;

    private final List<TopicIndex> indexes = new ArrayList<>();
    private final List<ArrayDeque<FeedEvent>> taken = new ArrayList<>();
    private final List<Outbox> touched = new ArrayList<>();
    private final Run run;
    private volatile SubscriptionListener listener = SubscriptionListener.NONE;
    private final Pacing pacing;

    /** Of this turn: messages handed out, and the runs in which they left. */
    private int messages;

    private int runs;

    /**
     * @param rules as configured, by their index
     * @param maxDelay what a message may wait for others while the loop is saturated
     */
    public Shard(
            EventLoop eventLoop, List<TopicRule> rules, ByteBufAllocator allocator, Duration maxDelay, Meters meters) {
        this.eventLoop = eventLoop;
        this.rules = List.copyOf(rules);
        this.meters = meters;
        subscribed = new AtomicIntegerArray(rules.size());
        for (int i = 0; i < rules.size(); i++) {
            inboxes.add(new Inbox(INBOX_MESSAGES, INBOX_BYTES));
            indexes.add(new TopicIndex());
            taken.add(new ArrayDeque<>());
        }
        run = new Run(allocator);
        pacing = new Pacing(maxDelay.toNanos());
    }

    /** Before the first subscription. */
    public void listener(SubscriptionListener told) {
        listener = told;
    }

    public EventLoop eventLoop() {
        return eventLoop;
    }

    public boolean inEventLoop() {
        return eventLoop.inEventLoop();
    }

    /**
     * The way out to a session whose socket is on this shard's event loop.
     *
     * @param limit bytes that may wait for it
     * @param tooSlow called when the limit is passed on a rule that disconnects
     */
    public Outbox open(WebSocket socket, Encoding encoding, long limit, Runnable tooSlow) {
        assert inEventLoop();
        return new Outbox(this, socket, encoding, limit, tooSlow);
    }

    /** Flushes {@code outbox} at the end of this turn or of the next, with whatever else is written to it until then. */
    public void flushSoon(Outbox outbox) {
        assert inEventLoop();
        touch(outbox);
        schedule();
    }

    /** Whether any session of this shard subscribes to the rule. Any thread. */
    boolean subscribed(int rule) {
        return subscribed.get(rule) > 0;
    }

    /** Takes {@code event}. Any thread; calls for one rule never overlap. Never blocks. */
    void put(int rule, FeedEvent event) {
        int dropped = inboxes.get(rule).put(event);
        if (dropped > 0) {
            meters.rule(rule).dropped(DropReason.BACKLOG, dropped);
        }
        schedule();
    }

    void add(Subscription subscription) {
        int rule = subscription.rule.index();
        indexes.get(rule).add(subscription);
        subscribed.incrementAndGet(rule);
        meters.rule(rule).subscribed(1);
    }

    void remove(Subscription subscription) {
        int rule = subscription.rule.index();
        if (subscription.slot >= 0) {
            indexes.get(rule).remove(subscription);
            subscribed.decrementAndGet(rule);
            meters.rule(rule).subscribed(-1);
            listener.removed(subscription);
        }
    }

    void touch(Outbox outbox) {
        if (!outbox.touched) {
            outbox.touched = true;
            touched.add(outbox);
        }
    }

    Overflow overflow(Rule rule) {
        return rules.get(rule.index()).overflow();
    }

    RuleMeters meters(Rule rule) {
        return meters.rule(rule.index());
    }

    void slow(Overflow policy) {
        meters.slowSession(policy);
    }

    void outbound(long change) {
        if (change != 0) {
            meters.outbound(change);
        }
    }

    private void turn() {
        long started = System.nanoTime();
        boolean more = true;
        long wait = 0;
        try {
            more = handOut();
            wait = pacing.afterTurn(started, System.nanoTime(), messages, runs);
        } finally {
            next(more ? 0 : wait, more);
        }
    }

    /** One turn's worth of every rule, and one flush for each channel that was touched; says whether there is more. */
    private boolean handOut() {
        messages = 0;
        runs = 0;
        boolean more = false;
        for (int rule = 0; rule < inboxes.size(); rule++) {
            more |= turn(rule);
        }
        for (int i = 0; i < touched.size(); i++) {
            touched.get(i).flush();
        }
        touched.clear();
        return more;
    }

    /** What was put or touched during a turn is looked for at its end: until then nobody wakes the loop for it. */
    private void next(long wait, boolean more) {
        if (wait > 0) {
            eventLoop.schedule(turn, wait, TimeUnit.NANOSECONDS);
            return;
        }
        scheduled.set(false);
        if (more || waiting()) {
            schedule();
        }
    }

    private boolean waiting() {
        for (int rule = 0; rule < inboxes.size(); rule++) {
            if (!inboxes.get(rule).isEmpty()) {
                return true;
            }
        }
        return !touched.isEmpty();
    }

    private void schedule() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            eventLoop.execute(turn);
        }
    }

    /** Hands out what waits for one rule, up to a turn's worth; says whether there is more. */
    private boolean turn(int rule) {
        ArrayDeque<FeedEvent> events = taken.get(rule);
        TopicIndex index = indexes.get(rule);
        if (events.isEmpty()) {
            Inbox.Taken next = inboxes.get(rule).take(events);
            events = next.events();
            taken.set(rule, events);
            if (next.lostMark() != null) {
                mark(index, next.lostMark());
            }
            if (next.lost() > 0) {
                mark(index, new GapMark(null, GapReason.SLOW, -1));
            }
        }
        Receivers receivers = null;
        int left = TURN_MESSAGES;
        FeedEvent event;
        while (left-- > 0 && (event = events.poll()) != null) {
            receivers = take(rule, index, event, receivers);
        }
        emit(rule, receivers);
        return !events.isEmpty();
    }

    private @Nullable Receivers take(int rule, TopicIndex index, FeedEvent event, @Nullable Receivers current) {
        if (event instanceof GapMark mark) {
            emit(rule, current);
            mark(index, mark);
            return null;
        }
        SharedMessage message = (SharedMessage) event;
        Receivers receivers = index.receivers(message.topic());
        if (receivers.size() == 0) {
            message.release();
            return current;
        }
        if (receivers != current || run.isFull()) {
            emit(rule, current);
        }
        run.add(message);
        messages++;
        return receivers;
    }

    /** Writes the run to all its receivers. Downwards: a receiver that leaves meanwhile makes no other miss its place. */
    private void emit(int rule, @Nullable Receivers receivers) {
        if (receivers == null || run.isEmpty()) {
            return;
        }
        runs++;
        try {
            int written = 0;
            for (int i = receivers.size() - 1; i >= 0; i--) {
                Subscription subscription = receivers.at(i);
                written += subscription.outbox.offer(run, subscription);
            }
            RuleMeters counted = meters.rule(rule);
            counted.delivered(written);
            long now = System.nanoTime();
            for (int i = 0; i < run.size(); i++) {
                counted.delay(now - run.message(i).receivedNanos());
            }
        } finally {
            run.clear();
        }
    }

    private static void mark(TopicIndex index, GapMark mark) {
        for (PatternSubscribers subscribers : mark.topic() == null ? index.patterns() : index.matching(mark.topic())) {
            for (int i = subscribers.size() - 1; i >= 0; i--) {
                Subscription subscription = subscribers.at(i);
                subscription.outbox.gap(subscription, mark.reason(), mark.missed());
            }
        }
    }
}
