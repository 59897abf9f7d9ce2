package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one session, in no order. Never changed but replaced: mostly there is one, and it is looked through for each message
 * that is parked. Event loop only.
 */
final class Subscriptions {

    static final Subscriptions NONE = new Subscriptions(List.of());

    private final List<Subscription> all;

    private Subscriptions(List<Subscription> all) {
        this.all = all;
    }

    List<Subscription> all() {
        return all;
    }

    Subscriptions with(Subscription more) {
        List<Subscription> grown = new ArrayList<>(all);
        grown.add(more);
        return new Subscriptions(List.copyOf(grown));
    }

    Subscriptions without(Subscription gone) {
        List<Subscription> rest = new ArrayList<>(all);
        rest.removeIf(other -> other == gone);
        return rest.isEmpty() ? NONE : new Subscriptions(List.copyOf(rest));
    }

    @Nullable
    Subscription of(TopicPattern pattern) {
        for (Subscription subscription : all) {
            if (subscription.pattern().equals(pattern)) {
                return subscription;
            }
        }
        return null;
    }

    /**
     * Who takes {@code message} for the session: {@code subscription}, or another pattern that matches it too and has come less far.
     * Null where all of them have it.
     */
    @Nullable
    Subscription taker(Subscription subscription, SharedMessage message) {
        if (subscription.wants(message)) {
            return subscription;
        }
        for (Subscription other : all) {
            if (other.cohort == subscription.cohort
                    && other.slot >= 0
                    && other.rule.index() == subscription.rule.index()
                    && other.wants(message)
                    && other.receives(message.topic())) {
                return other;
            }
        }
        return null;
    }

    /** Every pattern that matched the lost message, of {@code rule}, has a hole. */
    void lose(SharedMessage lost, Rule rule) {
        for (Subscription subscription : all) {
            if (subscription.live()
                    && subscription.rule.index() == rule.index()
                    && subscription.receives(lost.topic())) {
                subscription.missed++;
            }
        }
    }

    /** Whether one of them reads what is past. */
    boolean replaying() {
        for (Subscription subscription : all) {
            if (subscription.paused || subscription.cohort != null) {
                return true;
            }
        }
        return false;
    }
}
