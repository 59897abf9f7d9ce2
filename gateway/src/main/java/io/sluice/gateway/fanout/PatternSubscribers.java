package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.TopicPattern;
import java.util.Arrays;

/** The subscriptions of all sessions of a shard to one pattern. Joining and leaving cost the same whatever their number. */
final class PatternSubscribers extends Receivers {

    private static final Subscription[] NONE = {};

    final TopicPattern pattern;

    /** Changes with every join and leave, so that what was merged from it knows that it is stale. */
    int version;

    private Subscription[] subscriptions = NONE;
    private int size;

    PatternSubscribers(TopicPattern pattern) {
        this.pattern = pattern;
    }

    void add(Subscription subscription) {
        if (size == subscriptions.length) {
            subscriptions = Arrays.copyOf(subscriptions, Math.max(1, size + (size >> 1) + 1));
        }
        subscription.slot = size;
        subscriptions[size++] = subscription;
        version++;
    }

    /** The last one takes the place of the one that leaves: who iterates downwards sees each once, even if it leaves meanwhile. */
    @SuppressWarnings("NullAway") // a slot beyond size holds nothing
    void remove(Subscription subscription) {
        Subscription last = subscriptions[--size];
        subscriptions[subscription.slot] = last;
        last.slot = subscription.slot;
        subscriptions[size] = null;
        subscription.slot = -1;
        version++;
        if (size == 0) {
            subscriptions = NONE;
        }
    }

    @Override
    int size() {
        return size;
    }

    @Override
    Subscription at(int index) {
        return subscriptions[index];
    }
}
