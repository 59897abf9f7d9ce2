package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.sluice.bridge.History;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fan-out of one event loop. A turn takes what waits of every rule, matches it, writes it to every session it is for, and then
 * flushes each touched channel once, so that one system call carries many messages; a few others may pass a long row of them. Feeds put from their own threads; everything else
 * happens on the event loop.
 */
public final class Shard {

    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

    /** Flushes after which others may pass. */
    static final int PASSING_EVERY = 32;

    private static final int PASSING_MESSAGES = 16;
    private static final int PASSING_CHANNELS = 16;

    private final EventLoop eventLoop;
    private final List<TopicRule> rules;
    private final Meters meters;

    private final List<LiveFlow> flows = new ArrayList<>();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private final Runnable turn = this::turn;
    private final List<Outbox> touched = new ArrayList<>();
    private volatile SubscriptionListener listener = SubscriptionListener.NONE;
    private final Pacing pacing;
    private final OutboundBudget budget;
    private final SlowSessions slow = new SlowSessions();
    private final AtomicBoolean shedding = new AtomicBoolean();

    /** Of this turn: messages handed out, and the runs in which they left. */
    private int messages;

    private int runs;

    /**
     * @param rules as configured, by their index
     * @param histories asked by the index of rules that have one
     * @param maxDelay what a message may wait for others while the loop is saturated
     * @param budget of what waits for all slow sessions of the node
     */
    public Shard(
            EventLoop eventLoop,
            List<TopicRule> rules,
            IntFunction<History> histories,
            ByteBufAllocator allocator,
            Duration maxDelay,
            OutboundBudget budget,
            Meters meters) {
        this(eventLoop, rules, histories, allocator, maxDelay, budget, meters, LiveFlow.INBOX_MESSAGES);
    }

    /** @param waiting messages of one rule that may wait for this shard */
    Shard(
            EventLoop eventLoop,
            List<TopicRule> rules,
            IntFunction<History> histories,
            ByteBufAllocator allocator,
            Duration maxDelay,
            OutboundBudget budget,
            Meters meters,
            int waiting) {
        this.eventLoop = eventLoop;
        this.rules = List.copyOf(rules);
        this.meters = meters;
        this.budget = budget;
        pacing = new Pacing(maxDelay.toNanos());
        Run run = new Run(allocator);
        for (int i = 0; i < rules.size(); i++) {
            int rule = i;
            Supplier<History> history = rules.get(rule).history() == null ? null : () -> histories.apply(rule);
            flows.add(new LiveFlow(this, rule, run, history, waiting));
        }
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
     * @param limits what may wait for it
     */
    public Outbox open(WebSocket socket, Encoding encoding, OutboundLimits limits, Outbox.Owner owner) {
        assert inEventLoop();
        return new Outbox(this, socket, encoding, limits, owner);
    }

    /** Sheds what waits for slow sessions, in a turn of its own. Any thread. */
    void shedSoon() {
        if (!shedding.get() && shedding.compareAndSet(false, true)) {
            execute(this::shed);
        }
    }

    private void shed() {
        shedding.set(false);
        boolean shed = false;
        boolean elsewhere = false;
        for (SlowSession session : slow.worstFirst()) {
            elsewhere = budget.worseElsewhere(this, session.bytes());
            if (elsewhere || !budget.exceeded()) {
                break;
            }
            shed |= session.shed();
        }
        slow.worstFirst();
        // Where nothing could be given up, asking again would be asking for ever.
        if (budget.exceeded() && (shed || elsewhere)) {
            budget.shed();
        }
    }

    SlowSessions slow() {
        return slow;
    }

    OutboundBudget budget() {
        return budget;
    }

    /** Flushes {@code outbox} at the end of this turn or of the next, with whatever else is written to it until then. */
    public void flushSoon(Outbox outbox) {
        assert inEventLoop();
        touch(outbox);
        schedule();
    }

    /** Whether any session of this shard subscribes to the rule. Any thread. */
    boolean subscribed(int rule) {
        return flows.get(rule).subscribed();
    }

    /** Takes {@code event}. Any thread; calls for one rule never overlap. Never blocks. */
    void put(int rule, FeedEvent event) {
        flows.get(rule).put(event);
        schedule();
    }

    /** Runs {@code task} on the event loop, and then flushes what it wrote. Any thread; never within the call. */
    void execute(Runnable task) {
        try {
            eventLoop.execute(() -> {
                task.run();
                flushTouched();
            });
        } catch (RejectedExecutionException e) {
            // The event loop is gone, and its sessions with it.
            LOG.trace("an answer came after the end", e);
        }
    }

    void executeIn(long millis, Runnable task) {
        eventLoop.schedule(() -> execute(task), millis, TimeUnit.MILLISECONDS);
    }

    void removed(Subscription subscription) {
        listener.removed(subscription);
    }

    LiveFlow flow(Rule rule) {
        return flows.get(rule.index());
    }

    TopicRule rule(int index) {
        return rules.get(index);
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
        return meters(rule.index());
    }

    RuleMeters meters(int rule) {
        return meters.rule(rule);
    }

    void shed(Enum<?> reason) {
        meters.shed(reason);
    }

    void slow(Overflow policy) {
        meters.slowSession(policy);
    }

    void outbound(long change) {
        if (change != 0) {
            meters.outbound(change);
        }
    }

    /** Of this turn, {@code size} messages left as one run. */
    void handedOut(int size) {
        messages += size;
        runs++;
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
        for (int rule = 0; rule < flows.size(); rule++) {
            more |= flows.get(rule).turn();
        }
        flushTouched();
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
        for (int rule = 0; rule < flows.size(); rule++) {
            if (flows.get(rule).waiting()) {
                return true;
            }
        }
        return !touched.isEmpty();
    }

    private void flushTouched() {
        int row = touched.size();
        for (int i = 0; i < touched.size(); i++) {
            if (i < row && (i + 1) % PASSING_EVERY == 0 && !pacing.spaced()) {
                letPass();
            }
            touched.get(i).flush();
        }
        touched.clear();
    }

    /**
     * A long row of flushes takes milliseconds, and of large messages to readers that are slow tens of them: a little for few others that
     * has come meanwhile goes first. What is for many gets in line, and meets in one flush what is there already.
     */
    private void letPass() {
        int before = touched.size();
        for (int rule = 0; rule < flows.size(); rule++) {
            if (flows.get(rule).waitingFew(PASSING_MESSAGES)) {
                flows.get(rule).turn();
            }
        }
        int passing = touched.size() - before;
        for (int i = 0; i < passing && passing <= PASSING_CHANNELS; i++) {
            touched.remove(touched.size() - 1).flush();
        }
    }

    private void schedule() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            eventLoop.execute(turn);
        }
    }
}
