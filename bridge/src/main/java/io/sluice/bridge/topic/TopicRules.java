package io.sluice.bridge.topic;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The topic rules of a configuration, in its order: the first that matches decides. Immutable. */
public final class TopicRules {

    private final List<Rule> rules;

    /**
     * @param rules in order
     * @throws IllegalArgumentException one has not its place as {@link Rule#index}
     */
    public TopicRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            if (rules.get(i).index() != i) {
                throw new IllegalArgumentException("Rule " + rules.get(i).name() + " has not its place as index.");
            }
        }
    }

    public List<Rule> rules() {
        return rules;
    }

    /** The first rule that contains the whole of {@code pattern}; null where none does. */
    public @Nullable Rule ruleOf(TopicPattern pattern) {
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (rule.match().contains(pattern)) {
                return rule;
            }
        }
        return null;
    }

    /** The first rule that matches {@code topic}, which need not be a correct topic; null where none does. Bounded cost, any thread. */
    public @Nullable Rule ruleOf(String topic) {
        for (int i = 0; i < rules.size(); i++) {
            Rule rule = rules.get(i);
            if (rule.match().matches(topic)) {
                return rule;
            }
        }
        return null;
    }

    /** Where a publish to {@code topic}, a correct topic, goes; null where no rule matches. */
    public @Nullable Route route(String topic) {
        Rule rule = ruleOf(topic);
        if (rule == null) {
            return null;
        }
        if (rule.source() instanceof Rule.Live live) {
            return new Route(rule, live.exchange(), topic);
        }
        if (rule.source() instanceof Rule.Resumable resumable) {
            return new Route(rule, resumable.exchange(), topic);
        }
        return new Route(rule, "", ((Rule.Work) rule.source()).queue());
    }

    /** Every pair of rules that match some topic both, the earlier rule of the two first. */
    public List<Overlap> overlaps() {
        List<Overlap> overlaps = new ArrayList<>();
        for (int later = 1; later < rules.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (rules.get(earlier).match().overlaps(rules.get(later).match())) {
                    overlaps.add(new Overlap(rules.get(earlier), rules.get(later)));
                }
            }
        }
        return List.copyOf(overlaps);
    }

    /** Two rules that match some topic both: {@code earlier} decides about it, and {@code later} never brings it. */
    public record Overlap(Rule earlier, Rule later) {

        /** Whether {@code later} decides about nothing at all. */
        public boolean shadowed() {
            return earlier.match().contains(later.match());
        }

        /** What this means, for a log. */
        @Override
        public String toString() {
            String what = shadowed() ? "has no effect: all its topics" : "does not bring all its topics: some";
            return "Rule %s %s belong to rule %s above it.".formatted(later.name(), what, earlier.name());
        }
    }
}
