package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.protocol.subprotocol.GapReason;
import java.util.List;

/** From the broker's feeds to the shards: each delivery becomes one shared message, however many sessions it is for. */
public final class Hub implements DeliverySink {

    private final List<TopicRule> rules;
    private final List<Shard> shards;
    private final Meters meters;

    /** @param rules as configured, by their index */
    public Hub(List<TopicRule> rules, List<Shard> shards, Meters meters) {
        this.rules = List.copyOf(rules);
        this.shards = List.copyOf(shards);
        this.meters = meters;
    }

    /** On a thread of the bridge: a rule that nobody subscribes to costs one look at each shard. Never blocks. */
    @Override
    public void deliver(Delivery delivery) {
        int rule = delivery.rule().index();
        SharedMessage message = null;
        for (Shard shard : shards) {
            if (shard.subscribed(rule)) {
                if (message == null) {
                    TopicRule configured = rules.get(rule);
                    message = new SharedMessage(
                            delivery, configured.contentType(), configured.sensitive(), meters.rule(rule));
                }
                message.retain();
                shard.put(rule, message);
            }
        }
        if (message != null) {
            message.release();
        }
    }

    @Override
    public void gap(Rule rule, Hole hole, long missed) {
        mark(rule, new GapMark(null, reason(hole), missed));
    }

    @Override
    public void tooLarge(Rule rule, String topic) {
        mark(rule, new GapMark(topic, GapReason.TOO_LARGE, 1));
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
