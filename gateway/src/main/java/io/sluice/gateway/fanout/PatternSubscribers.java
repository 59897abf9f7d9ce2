package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.TopicPattern;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** The subscriptions of all sessions of a shard to one pattern, narrowed to the same patterns. Joining and leaving cost the same whatever their number. */
final class PatternSubscribers extends Receivers {

    private static final Subscription[] NONE = {};

    final TopicPattern pattern;

    private final List<TopicPattern> within;

    private Subscription[] subscriptions = NONE;
    private int size;

    /** @param within what all of them are narrowed to; empty: nothing less than {@code pattern} */
    PatternSubscribers(TopicPattern pattern, List<TopicPattern> within) {
        this.pattern = pattern;
        this.within = within;
    }

    /** Whether {@code topic}, which the pattern matches, is for them. */
    boolean admits(String topic) {
        return admits(within, topic);
    }

    static boolean admits(List<TopicPattern> within, String topic) {
        for (int i = 0; i < within.size(); i++) {
            if (within.get(i).matches(topic)) {
                return true;
            }
        }
        return within.isEmpty();
    }

    void add(Subscription subscription) {
        if (size == subscriptions.length) {
            subscriptions = Arrays.copyOf(subscriptions, Math.max(1, size + (size >> 1) + 1));
        }
        subscription.slot = size;
        subscriptions[size++] = subscription;
    }

    /** The last one takes the place of the one that leaves: who iterates downwards sees each once, even if it leaves meanwhile. */
    @SuppressWarnings("NullAway") // a slot beyond size holds nothing
    void remove(Subscription subscription) {
        Subscription last = subscriptions[--size];
        subscriptions[subscription.slot] = last;
        last.slot = subscription.slot;
        subscriptions[size] = null;
        subscription.slot = -1;
        if (size == 0) {
            subscriptions = NONE;
        }
    }

    int size() {
        return size;
    }

    Subscription at(int index) {
        return subscriptions[index];
    }

    @Override
    boolean isEmpty() {
        return size == 0;
    }

    @Override
    void each(long run, Consumer<Subscription> taker) {
        for (int i = size - 1; i >= 0; i--) {
            taker.accept(subscriptions[i]);
        }
    }

    @Override
    boolean sameAs(Receivers others) {
        return others == this;
    }
}
