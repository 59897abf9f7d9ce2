package io.sluice.gateway.policy;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.GrantPattern;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one principal may do: its grants, with its own values filled in. Immutable; asking allocates nothing. */
public final class GrantedPatterns {

    private final List<Granted> granted;

    GrantedPatterns(List<Granted> granted) {
        this.granted = List.copyOf(granted);
    }

    /** Whether every topic of {@code pattern} is allowed by one and the same grant; never by several together. */
    public boolean allows(Action action, TopicPattern pattern) {
        return first(action, pattern) != null;
    }

    /** Whether {@code topic}, a correct topic, is allowed. */
    public boolean allows(Action action, String topic) {
        for (int i = 0; i < granted.size(); i++) {
            Granted grant = granted.get(i);
            if (grant.action == action && grant.pattern.matches(topic)) {
                return true;
            }
        }
        return false;
    }

    /**
     * What of {@code pattern} is allowed, by all grants together: the patterns of those that have a topic in common with it. A topic of
     * {@code pattern} is allowed exactly if one of them matches it. Empty where nothing of it is.
     */
    public List<TopicPattern> overlapping(Action action, TopicPattern pattern) {
        return granted.stream()
                .filter(grant -> grant.action == action && grant.pattern.overlaps(pattern))
                .map(Granted::pattern)
                .distinct()
                .toList();
    }

    /** Why it is allowed or not, for an operator: it tells grants, which are no client's business. */
    public String explain(Action action, TopicPattern pattern) {
        Granted grant = first(action, pattern);
        if (grant != null) {
            return "%s %s is allowed by permissions[%d], %s."
                    .formatted(action.key(), pattern, grant.permission, grant.configured);
        }
        List<String> own = granted.stream()
                .filter(candidate -> candidate.action == action)
                .map(candidate -> "permissions[%d] %s".formatted(candidate.permission, candidate.pattern))
                .toList();
        return own.isEmpty()
                ? "%s %s is forbidden: no grant for %s is for this principal."
                        .formatted(action.key(), pattern, action.key())
                : "%s %s is forbidden: no grant contains all of it. Those for %s are %s."
                        .formatted(action.key(), pattern, action.key(), String.join(", ", own));
    }

    private @Nullable Granted first(Action action, TopicPattern pattern) {
        for (int i = 0; i < granted.size(); i++) {
            Granted grant = granted.get(i);
            if (grant.action == action && grant.pattern.contains(pattern)) {
                return grant;
            }
        }
        return null;
    }

    /**
     * One grant of this principal.
     *
     * @param permission its place in the configuration
     * @param configured the pattern as it stands there
     */
    record Granted(Action action, TopicPattern pattern, int permission, GrantPattern configured) {}
}
