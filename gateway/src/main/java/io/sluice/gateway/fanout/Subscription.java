package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One pattern of one session, on the one rule that it has. Event loop only.
 *
 * <p>{@link #next} is where it stands in the rule's history: a message goes out iff its offset is not below it, and then {@code next}
 * is the offset behind it. On a rule with no history every message has {@link Delivery#NO_OFFSET}, and {@code next} stays there.
 *
 * <p>With a history it is in one of three states: live, replaying in a {@link Cohort}, or paused until its session reads on.
 */
public final class Subscription {

    final Outbox outbox;
    final Rule rule;
    private TopicPattern pattern;

    /** What it is narrowed to: of the topics that its pattern matches, those that one of these matches too; empty: all of them. */
    private List<TopicPattern> within;

    /** Which life of the stream {@link #next} is of. */
    int log;

    long next = Delivery.NO_OFFSET;

    /** Those it replays with; null while it is live or paused. */
    @Nullable
    Cohort cohort;

    boolean paused;

    /** Whether the client has no position from which it could resume here. */
    boolean untold;

    /** Messages of the hole that the next {@code gap} tells; 0 where there is none. */
    long missed;

    /** Its place in its {@link PatternSubscribers}, so that leaving costs the same for the first and the thousandth. */
    int slot = -1;

    Subscription(Outbox outbox, Rule rule, TopicPattern pattern, List<TopicPattern> within) {
        this.outbox = outbox;
        this.rule = rule;
        this.pattern = pattern;
        this.within = List.copyOf(within);
    }

    public TopicPattern pattern() {
        return pattern;
    }

    /** The same pattern, as an object that all who subscribe to it share. */
    void share(TopicPattern same) {
        pattern = same;
    }

    public Rule rule() {
        return rule;
    }

    /** What it is narrowed to; empty: to nothing less than its pattern. */
    public List<TopicPattern> within() {
        return within;
    }

    /** While it is in no index. */
    void within(List<TopicPattern> other) {
        within = List.copyOf(other);
    }

    /** Whether a message of {@code topic} may go out by it: its pattern matches, and so does one of those it is narrowed to. */
    boolean receives(String topic) {
        return pattern.matches(topic) && PatternSubscribers.admits(within, topic);
    }

    boolean live() {
        return cohort == null && slot >= 0;
    }

    /** Everything up to {@code place} is behind it. */
    void standAt(Place place) {
        log = place.log();
        next = place.next();
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
