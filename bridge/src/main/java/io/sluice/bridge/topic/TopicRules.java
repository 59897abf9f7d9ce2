package io.sluice.bridge.topic;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The topic rules of a configuration, in its order: the first that matches decides. */
public final class TopicRules {

    private final List<Rule> rules;

    /** @param rules in order, each with its place as {@link Rule#index} */
    public TopicRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    public List<Rule> rules() {
        return rules;
    }

    /** The first rule that contains the whole of {@code pattern}; null where none does. */
    public @Nullable Rule ruleOf(TopicPattern pattern) {
        return rules.stream()
                .filter(rule -> rule.match().contains(pattern))
                .findFirst()
                .orElse(null);
    }

    /** The first rule that matches {@code topic}, which need not be a correct topic; null where none does. Bounded cost, any thread. */
    public @Nullable Rule ruleOf(String topic) {
        return rules.stream()
                .filter(rule -> rule.match().matches(topic))
                .findFirst()
                .orElse(null);
    }

    /** Where a publish to {@code topic}, a correct topic, goes; null where no rule matches. */
    public @Nullable Route route(String topic) {
        Rule rule = ruleOf(topic);
        return rule == null ? null : new Route(rule, "", topic);
    }
}
