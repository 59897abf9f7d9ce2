package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** From the broker's feeds to the shards: each delivery becomes one shared message, however many sessions it is for. */
public final class Hub implements DeliverySink {

    /** The log of what has no history. */
    private static final int NO_LOG = 0;

    private final List<TopicRule> rules;
    private final List<Shard> shards;
    private final IntFunction<History> histories;
    private final Meters meters;
    private final Function<Delivery, @Nullable Runnable> tracing;

    /**
     * @param rules as configured, by their index
     * @param histories asked by the index of rules that have one
     * @param tracing asked about each delivery that somebody receives; what it gives is run when the last of them has it
     */
    public Hub(
            List<TopicRule> rules,
            List<Shard> shards,
            IntFunction<History> histories,
            Meters meters,
            Function<Delivery, @Nullable Runnable> tracing) {
        this.rules = List.copyOf(rules);
        this.shards = List.copyOf(shards);
        this.histories = histories;
        this.meters = meters;
        this.tracing = tracing;
    }

    /** On a thread of the bridge: a rule that nobody subscribes to costs one look at each shard. Never blocks. */
    @Override
    public void deliver(Delivery delivery) {
        int rule = delivery.rule().index();
        SharedMessage message = null;
        for (Shard shard : shards) {
            if (shard.subscribed(rule)) {
                if (message == null) {
                    int log = delivery.position() == null
                            ? NO_LOG
                            : newest(delivery.rule()).log();
                    message = new SharedMessage(
                            delivery, log, rules.get(rule), meters.rule(rule), tracing.apply(delivery));
                }
                message.retain();
                shard.put(rule, message);
            }
        }
        if (message != null) {
            message.release();
        }
    }

    /** On a resumable rule only a hole in its history is one: what the broker was away for is read when it is back. */
    @Override
    public void gap(Rule rule, Hole hole, long missed) {
        if (!(rule.source() instanceof Rule.Resumable)) {
            mark(rule, new GapMark(null, reason(hole), missed, null));
        } else if (hole == Hole.HISTORY) {
            mark(rule, new GapMark(null, GapReason.HISTORY, missed, newest(rule)));
        }
    }

    @Override
    public void tooLarge(Rule rule, String topic) {
        mark(rule, new GapMark(topic, GapReason.TOO_LARGE, 1, null));
    }

    @Override
    public void tooLarge(Rule rule, String topic, Position position) {
        mark(
                rule,
                new GapMark(
                        topic, GapReason.TOO_LARGE, 1, new Place(newest(rule).log(), position)));
    }

    /** While the sink is called its log does not change: the thread that calls it is the one that changes it. */
    private Place newest(Rule rule) {
        return histories.apply(rule.index()).newest();
    }

    private void mark(Rule rule, GapMark mark) {
        for (Shard shard : shards) {
            if (shard.subscribed(rule.index())) {
                shard.put(rule.index(), mark);
            }
        }
    }

    private static GapReason reason(Hole hole) {
        return switch (hole) {
            case BROKER -> GapReason.BROKER;
            case SLOW -> GapReason.SLOW;
            case HISTORY -> GapReason.HISTORY;
        };
    }
}
