package io.sluice.bridge.topic;

import org.jspecify.annotations.Nullable;

/**
 * A topic in which a word may be {@code *} (exactly one word) or {@code #} (zero or more words), as in an AMQP topic exchange. At most
 * one {@code #}, at most 16 words.
 */
public final class TopicPattern {

    private final String text;

    private TopicPattern(String text) {
        this.text = text;
    }

    /** What is wrong with {@code text} as a pattern, as a sentence that says what to do; null where nothing is. */
    public static @Nullable String problem(String text) {
        return text.isEmpty() ? "A topic pattern has at least one word." : null;
    }

    /** @throws IllegalArgumentException where {@link #problem} would tell one */
    public static TopicPattern of(String text) {
        return new TopicPattern(text);
    }

    /** Whether this pattern matches {@code topic}, which is a correct topic. */
    public boolean matches(String topic) {
        return text.equals(topic);
    }

    /** Whether every topic that {@code other} matches is matched by this. */
    public boolean contains(TopicPattern other) {
        return text.equals(other.text);
    }

    /** Whether some topic is matched by both. */
    public boolean overlaps(TopicPattern other) {
        return text.equals(other.text);
    }

    /** Whether it has no wildcard, so that it matches itself alone. */
    public boolean literal() {
        return true;
    }

    @Override
    public String toString() {
        return text;
    }
}
