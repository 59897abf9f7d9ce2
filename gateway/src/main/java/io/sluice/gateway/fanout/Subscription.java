package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;

/**
 * One pattern of one session, on the one rule that it has. Event loop only.
 *
 * <p>{@link #next} is where it stands in the rule's history: a message goes out iff its offset is not below it, and then {@code next}
 * is the offset behind it. On a rule with no history every message has {@link Delivery#NO_OFFSET}, and {@code next} stays there.
 */
public final class Subscription {

    final Outbox outbox;
    final Rule rule;
    private final TopicPattern pattern;

    long next = Delivery.NO_OFFSET;

    /** Messages of the hole that the next {@code gap} tells; 0 where there is none. */
    long missed;

    /** Its place in its {@link PatternSubscribers}, so that leaving costs the same for the first and the thousandth. */
    int slot = -1;

    Subscription(Outbox outbox, Rule rule, TopicPattern pattern) {
        this.outbox = outbox;
        this.rule = rule;
        this.pattern = pattern;
    }

    public TopicPattern pattern() {
        return pattern;
    }

    public Rule rule() {
        return rule;
    }

    /** Whether {@code message} is behind where this subscription stands. */
    boolean wants(SharedMessage message) {
        return message.offset() >= next;
    }

    void sent(SharedMessage message) {
        if (message.offset() != Delivery.NO_OFFSET) {
            next = message.offset() + 1;
        }
    }
}
