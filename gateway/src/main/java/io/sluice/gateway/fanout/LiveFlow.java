package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.gateway.metrics.RuleMeters.DropReason;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One rule on one shard: what waits of it, and who receives it as it comes. With a history, who does not is with its {@link Replays}.
 * Event loop only, but for what says otherwise.
 */
final class LiveFlow {

    /** What may wait for one rule on one shard before its oldest goes. */
    static final int INBOX_MESSAGES = 8192;

    private static final long INBOX_BYTES = 16 << 20;

    /** Messages of one rule in one turn: behind them the other rules, and the other work of the loop, have their turn. */
    private static final int TURN_MESSAGES = 1024;

    private final Shard shard;
    private final RuleMeters meters;
    private final Run run;
    private final @Nullable Replays replays;
    private final AtomicInteger subscribed = new AtomicInteger();
    private final Inbox inbox;
    private TopicIndex index = new TopicIndex();
    private ArrayDeque<FeedEvent> taken = new ArrayDeque<>();
    private final Consumer<Subscription> offering = this::offer;

    /** Of the run that is being handed out: messages that were written to sockets. */
    private int written;

    /**
     * @param history null for a rule with none
     * @param waiting messages that may wait
     */
    LiveFlow(Shard shard, int rule, Run run, @Nullable Supplier<History> history, int waiting) {
        this.shard = shard;
        this.run = run;
        inbox = new Inbox(waiting, INBOX_BYTES);
        meters = shard.meters(rule);
        replays = history == null ? null : new Replays(shard, rule, this, run, history);
    }

    /** Whether any session of the shard subscribes to the rule. Any thread. */
    boolean subscribed() {
        return subscribed.get() > 0;
    }

    /** Takes {@code event}. Any thread; calls never overlap. Never blocks. */
    void put(FeedEvent event) {
        int lost = inbox.put(event);
        if (lost > 0 && replays == null) {
            meters.dropped(DropReason.BACKLOG, lost);
        }
    }

    /** From now on {@code subscription} receives. Gives where it begins; null on a rule with no history. */
    @Nullable
    Position subscribe(Subscription subscription) {
        count();
        if (replays == null) {
            index.add(subscription);
            return null;
        }
        Place newest = replays.newest();
        subscription.standAt(newest);
        replays.place(subscription);
        return newest.position();
    }

    /** {@code subscription} receives what is behind {@code from}. On a rule with a history. */
    void subscribe(Subscription subscription, Place from) {
        count();
        subscription.standAt(from);
        replays().place(subscription);
    }

    /** Nothing more comes for {@code subscription}. */
    void unsubscribe(Subscription subscription) {
        if (subscription.live()) {
            index.remove(subscription);
        } else if (replays != null) {
            replays.remove(subscription);
        }
        subscribed.decrementAndGet();
        meters.subscribed(-1);
        shard.removed(subscription);
    }

    /** {@code subscription} is narrowed to {@code within}, wherever it stands. */
    void narrow(Subscription subscription, List<TopicPattern> within) {
        Cohort cohort = subscription.cohort;
        TopicIndex holder = cohort != null ? cohort.index : index;
        boolean held = subscription.slot >= 0;
        if (held) {
            holder.remove(subscription);
        }
        subscription.within(within);
        if (held) {
            holder.add(subscription);
        }
    }

    /** The session of {@code outbox}, which was paused, reads on. */
    void resume(Outbox outbox) {
        replays().resume(outbox);
    }

    /** {@code subscription} has all that came until now. */
    void join(Subscription subscription) {
        index.add(subscription);
    }

    /** Up to where {@code subscription} has been sent everything; null where it is not live, or that has no name. */
    @Nullable
    String standing(Subscription subscription) {
        Progress progress = replays == null || !subscription.live() ? null : replays.progress();
        if (progress == null || progress.next() < subscription.next) {
            return null;
        }
        return progress.text();
    }

    /** As {@link #standing}, but null where the client knows it already. */
    @Nullable
    String news(Subscription subscription) {
        String standing = standing(subscription);
        if (standing == null || (replays().progress().next() == subscription.next && !subscription.untold)) {
            return null;
        }
        subscription.next = replays().progress().next();
        subscription.untold = false;
        return standing;
    }

    /** Hands out what waits, up to a turn's worth; says whether there is more. */
    boolean turn() {
        if (taken.isEmpty()) {
            take(inbox.take(taken));
        }
        Receivers receivers = null;
        int left = TURN_MESSAGES;
        FeedEvent event;
        while (left-- > 0 && (event = taken.poll()) != null) {
            receivers = take(event, receivers);
        }
        emit(receivers);
        return !taken.isEmpty();
    }

    /** Whether something was put that no turn has taken. Any thread. */
    boolean waiting() {
        return !inbox.isEmpty();
    }

    /** Whether something was put that no turn has taken, but no more than {@code few}. */
    boolean waitingFew(int few) {
        return taken.isEmpty() && inbox.holdsUpTo(few);
    }

    private void take(Inbox.Taken next) {
        taken = next.events();
        if (next.lostMark() != null) {
            mark(next.lostMark());
        }
        if (next.lostUpTo() != null) {
            meters.reread(next.lost());
            TopicIndex behind = index;
            index = new TopicIndex();
            replays().readOn(behind, next.lostUpTo());
        } else if (next.lost() > 0) {
            mark(new GapMark(null, GapReason.SLOW, -1, null));
        }
    }

    private @Nullable Receivers take(FeedEvent event, @Nullable Receivers current) {
        if (event instanceof GapMark mark) {
            emit(current);
            mark(mark);
            return null;
        }
        SharedMessage message = (SharedMessage) event;
        if (replays != null && !replays.progress().moveTo(message.log(), message.position())) {
            message.release();
            return current;
        }
        Receivers receivers = index.receivers(message.topic());
        if (receivers.isEmpty()) {
            message.release();
            return current;
        }
        if (current == null || !receivers.sameAs(current) || run.isFull()) {
            emit(current);
        }
        run.add(message);
        return receivers;
    }

    /** Writes the run to all its receivers. */
    private void emit(@Nullable Receivers receivers) {
        if (receivers == null || run.isEmpty()) {
            return;
        }
        shard.handedOut(run.size());
        try {
            written = 0;
            receivers.each(run.number(), offering);
            meters.delivered(written);
            measure();
        } finally {
            run.clear();
        }
    }

    private void measure() {
        long now = System.nanoTime();
        long nowMillis = System.currentTimeMillis();
        for (int i = 0; i < run.size(); i++) {
            SharedMessage message = run.message(i);
            meters.delay(now - message.receivedNanos());
            if (message.publishedMillis() != Delivery.UNTIMED) {
                meters.sincePublished(nowMillis - message.publishedMillis());
            }
        }
    }

    private void offer(Subscription subscription) {
        written += subscription.outbox.offer(run, subscription);
    }

    private void mark(GapMark mark) {
        Place place = mark.place();
        if (place == null || replays == null) {
            tell(mark, null);
        } else if (mark.reason() != GapReason.HISTORY) {
            if (replays.progress().moveTo(place.log(), place.position())) {
                tell(mark, place);
            }
        } else if (place.log() > replays.progress().log()) {
            tell(mark, place);
            replays.restart(place);
        }
    }

    private void tell(GapMark mark, @Nullable Place place) {
        for (PatternSubscribers subscribers : mark.topic() == null ? index.patterns() : index.matching(mark.topic())) {
            for (int i = subscribers.size() - 1; i >= 0; i--) {
                Subscription subscription = subscribers.at(i);
                if (place == null || place.log() > subscription.log || place.next() > subscription.next) {
                    subscription.outbox.gap(subscription, mark.reason(), mark.missed());
                    if (place != null) {
                        subscription.standAt(place);
                        subscription.untold = true;
                    }
                }
            }
        }
    }

    private void count() {
        // Counted first: what comes to the hub behind the newest place now is put here.
        if (subscribed.getAndIncrement() == 0 && replays != null) {
            replays.start();
        }
        meters.subscribed(1);
    }

    private Replays replays() {
        if (replays == null) {
            throw new IllegalStateException("this rule has no history");
        }
        return replays;
    }
}
