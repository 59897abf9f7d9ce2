package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.TopicPattern;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who on one shard receives what of one rule. A topic's receivers are found once and remembered until a pattern with wildcards, or the
 * topic's own, comes or goes; sessions that join or leave a pattern which is there already change nothing that is remembered. What each of
 * these costs does not grow with the number of sessions, of patterns or of topics. Event loop only.
 */
final class TopicIndex {

    /** Topics remembered; a client that may publish could otherwise name new ones for ever. */
    private static final int REMEMBERED = 1 << 17;

    private static final PatternSubscribers NOBODY = new PatternSubscribers(TopicPattern.of("nobody"), List.of());

    private final int most;
    private final Map<String, PatternSubscribers> patterns = new HashMap<>();
    private final PatternTrie wildcards = new PatternTrie();
    private int wildcardCount;

    private final Map<String, Remembered> byTopic = new HashMap<>();
    private final List<PatternSubscribers> found = new ArrayList<>();

    /** Goes up with each pattern with wildcards that comes or goes: what was found before may be wrong. */
    private long generation;

    private record Remembered(Receivers receivers, long generation) {}

    TopicIndex() {
        this(REMEMBERED);
    }

    /** @param most topics whose receivers are remembered */
    TopicIndex(int most) {
        this.most = most;
    }

    void add(Subscription subscription) {
        String key = key(subscription);
        PatternSubscribers subscribers = patterns.get(key);
        if (subscribers == null) {
            subscribers = new PatternSubscribers(subscription.pattern(), subscription.within());
            patterns.put(key, subscribers);
            if (!subscription.pattern().literal()) {
                wildcards.add(subscribers);
                wildcardCount++;
            }
            forget(subscribers);
        }
        subscription.share(subscribers.pattern);
        subscribers.add(subscription);
    }

    void remove(Subscription subscription) {
        String key = key(subscription);
        PatternSubscribers subscribers = patterns.get(key);
        if (subscribers == null || subscription.slot < 0) {
            return;
        }
        subscribers.remove(subscription);
        if (subscribers.size() == 0) {
            patterns.remove(key);
            if (!subscription.pattern().literal()) {
                wildcards.remove(subscribers);
                wildcardCount--;
            }
            forget(subscribers);
        }
    }

    /** Who receives {@code topic}; empty where nobody does. */
    Receivers receivers(String topic) {
        if (wildcardCount == 0) {
            PatternSubscribers literal = patterns.get(topic);
            return literal != null && literal.pattern.literal() ? literal : NOBODY;
        }
        Remembered known = byTopic.get(topic);
        return known != null && known.generation == generation ? known.receivers : remember(topic);
    }

    /** How many topics are remembered. */
    int remembered() {
        return byTopic.size();
    }

    /** All patterns, as they are now. */
    List<PatternSubscribers> patterns() {
        return List.copyOf(patterns.values());
    }

    /** Everybody, as they are now. */
    List<Subscription> subscriptions() {
        List<Subscription> all = new ArrayList<>();
        for (PatternSubscribers subscribers : patterns.values()) {
            for (int i = 0; i < subscribers.size(); i++) {
                all.add(subscribers.at(i));
            }
        }
        return all;
    }

    /** All patterns that match {@code topic}. */
    List<PatternSubscribers> matching(String topic) {
        List<PatternSubscribers> matching = new ArrayList<>();
        match(topic, matching);
        return matching;
    }

    /** The pattern, and what it is narrowed to behind it: no pattern holds the control character between them. */
    private static String key(Subscription subscription) {
        String pattern = subscription.pattern().toString();
        return subscription.within().isEmpty() ? pattern : pattern + '\n' + subscription.within();
    }

    private Receivers remember(String topic) {
        match(topic, found);
        Receivers receivers = switch (found.size()) {
            case 0 -> NOBODY;
            case 1 -> found.get(0);
            default -> new MergedReceivers(found);
        };
        found.clear();
        if (byTopic.size() >= most) {
            byTopic.clear();
        }
        byTopic.put(topic, new Remembered(receivers, generation));
        return receivers;
    }

    private void match(String topic, List<PatternSubscribers> into) {
        wildcards.match(topic, into);
        PatternSubscribers literal = patterns.get(topic);
        if (literal != null && literal.pattern.literal()) {
            into.add(literal);
        }
    }

    private void forget(PatternSubscribers changed) {
        if (changed.pattern.literal()) {
            byTopic.remove(changed.pattern.toString());
        } else {
            generation++;
        }
    }
}
