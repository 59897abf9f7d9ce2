package io.sluice.bridge.amqp;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.bridge.topic.TopicRules;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Topic rules for tests, in the order added. */
final class Rules {

    private final List<Rule> rules = new ArrayList<>();

    static Rules none() {
        return new Rules();
    }

    Rules live(String match, String exchange) {
        return add(match, new Rule.Live(exchange, 10_000), false, true, Set.of());
    }

    Rules live(String match, String exchange, int queueLength) {
        return add(match, new Rule.Live(exchange, queueLength), false, true, Set.of());
    }

    Rules liveWithHeaders(String match, String exchange, String... headers) {
        return add(match, new Rule.Live(exchange, 10_000), false, true, Set.of(headers));
    }

    Rules perPattern(String match, String exchange) {
        return add(match, new Rule.Live(exchange, 10_000, true), false, true, Set.of());
    }

    Rules declared(String match, String exchange) {
        return add(match, new Rule.Live(exchange, 10_000), true, true, Set.of());
    }

    Rules publishOnly(String match, String exchange) {
        return add(match, new Rule.Live(exchange, 10_000), false, false, Set.of());
    }

    Rules work(String match, String queue, boolean declare) {
        return add(match, new Rule.Work(queue, Duration.ofMinutes(5)), declare, true, Set.of());
    }

    Rules resumable(String match, Rule.Resumable source) {
        return add(match, source, false, true, Set.of());
    }

    /** With a window that holds everything a test publishes. */
    static Rule.Resumable stream(String exchange, String stream) {
        return stream(exchange, stream, 10_000);
    }

    static Rule.Resumable stream(String exchange, String stream, int windowMessages) {
        return stream(exchange, stream, windowMessages, 1L << 30, 64 << 20);
    }

    static Rule.Resumable stream(String exchange, String stream, int windowMessages, long maxBytes, long segmentBytes) {
        return stream(exchange, stream, windowMessages, maxBytes, segmentBytes, 4);
    }

    static Rule.Resumable stream(
            String exchange, String stream, int windowMessages, long maxBytes, long segmentBytes, int readers) {
        return new Rule.Resumable(
                exchange, stream, Duration.ofHours(1), maxBytes, segmentBytes, 16 << 20, windowMessages, readers);
    }

    Rules work(String match, String queue, Duration ackTimeout) {
        return add(match, new Rule.Work(queue, ackTimeout), false, true, Set.of());
    }

    Rule get(int index) {
        return rules.get(index);
    }

    TopicRules topicRules() {
        return new TopicRules(rules);
    }

    private Rules add(String match, Rule.Source source, boolean declare, boolean subscribable, Set<String> headers) {
        rules.add(new Rule(rules.size(), TopicPattern.of(match), source, declare, subscribable, true, headers));
        return this;
    }
}
