package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Oversized;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Read;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one shard that are not live on a rule with a history: they read on from where they stand until they have all
 * that came live, and become live in that same turn. Who stands at the same place reads together. A replay is pulled: a session whose
 * channel takes no more is paused, holds nothing, and reads on when its channel does. Event loop only.
 */
final class Replays {

    /** How long a read waits that the broker did not answer. */
    private static final long RETRY_MILLIS = 500;

    private record Key(int log, long next) {}

    private final Shard shard;
    private final int rule;
    private final LiveFlow live;
    private final Run run;
    private final Supplier<History> history;
    private final RuleMeters meters;

    private final Progress progress = new Progress();
    private final Map<Key, Cohort> cohorts = new HashMap<>();
    private final Set<Subscription> paused = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean retrying;

    /**
     * @param live where subscriptions go that have all
     * @param run the shard's; empty between turns
     */
    Replays(Shard shard, int rule, LiveFlow live, Run run, Supplier<History> history) {
        this.shard = shard;
        this.rule = rule;
        this.live = live;
        this.run = run;
        this.history = history;
        meters = shard.meters(rule);
    }

    Progress progress() {
        return progress;
    }

    Place newest() {
        return history.get().newest();
    }

    /** The first subscription of this shard is there: what comes is behind the newest place that is told from now on. */
    void start() {
        progress.standAt(newest());
    }

    /** Brings {@code subscription} from where it stands to where it lacks nothing. */
    void place(Subscription subscription) {
        place(List.of(subscription));
    }

    /**
     * The same for several. What belongs to one session is paused together or not at all, or one of its patterns would come to the
     * messages of another a second time.
     */
    private void place(List<Subscription> subscriptions) {
        Set<Outbox> full = Collections.newSetFromMap(new IdentityHashMap<>(0));
        for (Subscription subscription : subscriptions) {
            Outbox outbox = subscription.outbox;
            boolean takes = !full.contains(outbox) && outbox.takesReplay();
            if (outbox.isClosed()) {
                continue;
            }
            if (!takes) {
                full.add(outbox);
                pause(subscription);
            } else if (progress.leadsTo(subscription.log, subscription.next)) {
                live.join(subscription);
            } else {
                join(subscription);
            }
        }
    }

    private void join(Subscription subscription) {
        Key key = new Key(subscription.log, subscription.next);
        Cohort cohort = cohorts.get(key);
        if (cohort == null) {
            cohort = new Cohort(subscription.log, subscription.next);
            cohorts.put(key, cohort);
        }
        cohort.join(subscription);
        if (cohort.idle()) {
            read(cohort);
        }
    }

    /** All of {@code behind}, who were live, missed what came since, up to {@code lost}. Takes the index. */
    void readOn(TopicIndex behind, Place lost) {
        Cohort cohort = new Cohort(progress.log(), progress.next(), behind);
        progress.moveTo(lost.log(), lost.position());
        settle(cohort);
    }

    /** The session of {@code outbox} reads on. */
    void resume(Outbox outbox) {
        List<Subscription> resumed = new ArrayList<>();
        for (Subscription subscription : outbox.subscriptions()) {
            if (subscription.paused && subscription.rule.index() == rule) {
                unpause(subscription);
                resumed.add(subscription);
            }
        }
        place(resumed);
    }

    void remove(Subscription subscription) {
        unpause(subscription);
        Cohort cohort = subscription.cohort;
        if (cohort != null) {
            cohort.leave(subscription);
            if (cohort.isEmpty()) {
                cohort.cancel();
                cohorts.remove(key(cohort), cohort);
            }
        }
    }

    /** The log before is gone: who still read it is told, and goes on behind {@code place}, the first of the new one. */
    void restart(Place place) {
        progress.standAt(place);
        List<Subscription> lost = new ArrayList<>();
        List<Cohort> waiting = new ArrayList<>();
        for (Cohort cohort : List.copyOf(cohorts.values())) {
            if (cohort.log < place.log()) {
                cohort.cancel();
                lost.addAll(leaveAll(cohort));
            } else {
                waiting.add(cohort);
            }
            cohorts.remove(key(cohort));
        }
        for (Subscription subscription : List.copyOf(paused)) {
            if (subscription.log < place.log()) {
                unpause(subscription);
                lost.add(subscription);
            }
        }
        tellLost(lost, place);
        waiting.forEach(this::settle);
    }

    /** What {@code cohort}, which is on no map, does next. */
    private void settle(Cohort cohort) {
        if (cohort.isEmpty()) {
            return;
        }
        Cohort there = cohorts.get(key(cohort));
        if (progress.leadsTo(cohort.log, cohort.next)) {
            place(leaveAll(cohort));
        } else if (there == null) {
            cohorts.put(key(cohort), cohort);
            read(cohort);
        } else {
            leaveAll(cohort).forEach(there::join);
        }
    }

    private void read(Cohort cohort) {
        if (cohort.log > progress.log()) {
            // The mark of its log is on its way to this shard: until then it is not known what comes live.
            return;
        }
        int asked = cohort.ask();
        cohort.asking(history.get()
                .read(cohort.log, cohort.next, read -> shard.execute(() -> answered(cohort, asked, read))));
    }

    private void answered(Cohort cohort, int asked, Read read) {
        if (!cohort.answered(asked)) {
            return;
        }
        if (read instanceof Read.Unavailable) {
            retryLater();
            return;
        }
        // Off the map while it is written to: who comes back meanwhile has not had this batch.
        cohorts.remove(key(cohort));
        if (read instanceof Read.Batch batch) {
            write(cohort, batch);
            cohort.next = Math.max(cohort.next, batch.end());
            settle(cohort);
        } else if (read instanceof Read.Lost lost) {
            tellLost(leaveAll(cohort), lost.place());
        }
    }

    private void write(Cohort cohort, Read.Batch batch) {
        for (Subscription member : cohort.members()) {
            if (member.cohort == cohort && !member.outbox.takesReplay()) {
                pauseAll(cohort, member.outbox, cohort.next);
            }
        }
        Receivers receivers = null;
        for (Entry entry : batch.entries()) {
            if (entry.offset() < cohort.next || entry.offset() >= batch.end()) {
                continue;
            }
            if (entry instanceof Delivery delivery) {
                receivers = take(cohort, delivery, receivers);
            } else if (entry instanceof Oversized oversized) {
                emit(cohort, receivers);
                receivers = null;
                tellTooLarge(cohort, oversized);
            }
        }
        emit(cohort, receivers);
    }

    private @Nullable Receivers take(Cohort cohort, Delivery delivery, @Nullable Receivers current) {
        Receivers receivers = cohort.index.receivers(delivery.topic());
        if (receivers.isEmpty()) {
            return current;
        }
        if (current == null || !receivers.sameAs(current) || run.isFull()) {
            emit(cohort, current);
        }
        run.add(new SharedMessage(delivery, cohort.log, shard.rule(rule), meters));
        return receivers;
    }

    private void emit(Cohort cohort, @Nullable Receivers receivers) {
        if (receivers == null || run.isEmpty()) {
            return;
        }
        try {
            receivers.each(run.number(), subscription -> replay(cohort, subscription));
        } finally {
            run.clear();
        }
    }

    private void replay(Cohort cohort, Subscription subscription) {
        if (subscription.cohort != cohort) {
            return;
        }
        int stopped = subscription.outbox.replay(run, subscription);
        if (stopped < run.size()) {
            pauseAll(cohort, subscription.outbox, run.message(stopped).offset());
        }
    }

    /** All patterns of one session stop at the same message, so that they go on in the order of the log. */
    private void pauseAll(Cohort cohort, Outbox outbox, long at) {
        for (Subscription subscription : outbox.subscriptions()) {
            if (subscription.cohort == cohort) {
                cohort.leave(subscription);
                subscription.next = Math.max(subscription.next, at);
                pause(subscription);
            }
        }
    }

    private void pause(Subscription subscription) {
        subscription.paused = true;
        paused.add(subscription);
    }

    private void unpause(Subscription subscription) {
        if (subscription.paused) {
            subscription.paused = false;
            paused.remove(subscription);
        }
    }

    private static void tellTooLarge(Cohort cohort, Oversized oversized) {
        for (PatternSubscribers subscribers : cohort.index.matching(oversized.topic())) {
            for (int i = subscribers.size() - 1; i >= 0; i--) {
                Subscription subscription = subscribers.at(i);
                if (subscription.next <= oversized.offset()) {
                    subscription.outbox.gap(subscription, GapReason.TOO_LARGE, 1);
                    subscription.next = oversized.offset() + 1;
                    subscription.untold = true;
                }
            }
        }
    }

    private void tellLost(List<Subscription> lost, Place place) {
        for (Subscription subscription : lost) {
            subscription.outbox.gap(subscription, GapReason.HISTORY, -1);
            subscription.standAt(place);
            subscription.untold = true;
        }
        place(lost);
    }

    private static List<Subscription> leaveAll(Cohort cohort) {
        List<Subscription> members = cohort.members();
        members.forEach(cohort::leave);
        return members;
    }

    private void retryLater() {
        if (!retrying) {
            retrying = true;
            shard.executeIn(RETRY_MILLIS, this::retry);
        }
    }

    private void retry() {
        retrying = false;
        for (Cohort cohort : List.copyOf(cohorts.values())) {
            if (cohort.idle()) {
                read(cohort);
            }
        }
    }

    private static Key key(Cohort cohort) {
        return new Key(cohort.log, cohort.next);
    }
}
