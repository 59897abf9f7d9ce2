package io.sluice.gateway;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.Topic;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.policy.Action;
import io.sluice.gateway.policy.GrantedPatterns;
import io.sluice.gateway.policy.Grants;
import io.sluice.gateway.policy.Principal;
import io.sluice.gateway.policy.Rules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Why somebody may do something or not, in sentences for an operator.
 *
 * @param lines the topic rule that decides, and the grant, or why there is none
 */
record Explanation(boolean allowed, List<String> lines) {

    /** Stands for a client with no token. */
    static final String ANONYMOUS = "-";

    /** Roles of whom the question does not say any stand in this claim. */
    private static final String ROLES = "roles";

    /**
     * @param claims of the token, by name; {@code sub} is {@code subject}
     * @param pattern a correct pattern; a correct topic, where the action is not to subscribe
     */
    static Explanation of(
            Configuration configuration,
            String subject,
            List<String> roles,
            Map<String, Object> claims,
            Action action,
            TopicPattern pattern) {
        GrantedPatterns granted = new Grants(configuration.permissions()).of(principal(subject, roles, claims));
        Rule rule = Rules.of(configuration).ruleOf(pattern);
        List<String> lines = new ArrayList<>();
        lines.add(
                rule == null
                        ? "No topic rule covers the whole of %s: it is no_such_topic.".formatted(pattern)
                        : "%s belongs to topics[%d], %s.".formatted(pattern, rule.index(), rule.name()));
        lines.add(granted.explain(action, pattern));
        boolean allowed = granted.allows(action, pattern);
        if (!allowed
                && rule != null
                && action == Action.SUBSCRIBE
                && configuration.topics().get(rule.index()).narrow()) {
            List<TopicPattern> narrowed = granted.overlapping(action, pattern);
            allowed = !narrowed.isEmpty();
            lines.add("topics[%d] has narrow: true, so the subscription is %s."
                    .formatted(
                            rule.index(),
                            allowed
                                    ? "accepted, and receives what matches "
                                            + narrowed.stream()
                                                    .map(TopicPattern::toString)
                                                    .collect(Collectors.joining(" or "))
                                            + " too"
                                    : "refused only since no grant has a topic in common with it"));
        }
        return new Explanation(allowed && rule != null, lines);
    }

    /** What is wrong with a question, in a sentence; empty where nothing is. */
    static String problem(String action, String pattern) {
        if (Stream.of(Action.values()).noneMatch(known -> known.key().equals(action))) {
            return "Say what: subscribe, publish or request.";
        }
        String problem = action.equals(Action.SUBSCRIBE.key()) ? TopicPattern.problem(pattern) : Topic.problem(pattern);
        return problem == null ? "" : problem;
    }

    static Action action(String key) {
        return Stream.of(Action.values())
                .filter(known -> known.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    private static Principal principal(String subject, List<String> roles, Map<String, Object> claims) {
        if (subject.equals(ANONYMOUS)) {
            return Principal.ANONYMOUS;
        }
        Map<String, Object> all = new LinkedHashMap<>(claims);
        all.put("sub", subject);
        all.put(ROLES, roles);
        return Principal.of("", subject, all, ROLES, Instant.MAX);
    }
}
