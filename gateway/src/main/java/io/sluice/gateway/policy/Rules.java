package io.sluice.gateway.policy;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Binding;
import io.sluice.gateway.config.Configuration.History;
import io.sluice.gateway.config.Configuration.TopicRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** The topic rules of a configuration as the bridge takes them. */
public final class Rules {

    private Rules() {}

    /** The rules in order; {@link Rule#subscribable} where some grant may allow it. */
    public static TopicRules of(Configuration configuration) {
        Grants grants = new Grants(configuration.permissions());
        List<Rule> rules = new ArrayList<>();
        for (TopicRule topic : configuration.topics()) {
            TopicPattern match = TopicPattern.of(topic.match());
            rules.add(new Rule(
                    rules.size(),
                    match,
                    source(topic),
                    topic.declare(),
                    grants.anySubscribe(match),
                    topic.persistent(),
                    Set.copyOf(topic.headers())));
        }
        return new TopicRules(rules);
    }

    private static Rule.Source source(TopicRule topic) {
        if (topic.queue() != null) {
            return new Rule.Work(topic.queue(), topic.ackTimeout());
        }
        String exchange = Objects.requireNonNull(topic.exchange(), "a rule has an exchange or a queue");
        History history = topic.history();
        if (history == null) {
            return new Rule.Live(exchange, topic.queueLength(), topic.binding() == Binding.PER_PATTERN);
        }
        return new Rule.Resumable(
                exchange,
                history.stream(),
                history.maxAge(),
                history.maxBytes(),
                history.segmentBytes(),
                history.windowBytes(),
                history.windowMessages(),
                history.catchUpReaders());
    }
}
