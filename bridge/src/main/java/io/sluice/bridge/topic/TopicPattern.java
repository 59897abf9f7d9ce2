package io.sluice.bridge.topic;

import org.jspecify.annotations.Nullable;

/**
 * A topic in which a word may be {@code *} (exactly one word) or {@code #} (zero or more words), as in an AMQP topic exchange: {@code
 * a.#} matches {@code a}. At most one {@code #} and {@value #MAX_WORDS} words, so that every question below costs one walk over the
 * words and nothing is allocated. Equal patterns have equal text. Immutable.
 */
public final class TopicPattern {

    /** Words of a pattern. */
    public static final int MAX_WORDS = 16;

    private static final String ANY_WORD = "*";
    private static final String ANY_WORDS = "#";

    private final String text;
    private final String[] words;
    /** Words before the {@code #}, all of them where there is none: their place counted from the start is fixed. */
    private final int head;
    /** Words after the {@code #}. */
    private final int tail;

    private final boolean open;
    private final boolean literal;

    private TopicPattern(String text) {
        this.text = text;
        words = text.split("\\.", -1);
        int hash = indexOfHash(words);
        open = hash >= 0;
        head = open ? hash : words.length;
        tail = open ? words.length - hash - 1 : 0;
        literal = !open && wildcards(words) == 0;
    }

    /**
     * What is wrong with {@code text} as a pattern, as a sentence that says what to do and repeats nothing of it; null where nothing is.
     */
    public static @Nullable String problem(String text) {
        String problem = Topic.textProblem(text);
        if (problem != null) {
            return problem;
        }
        int words = 0;
        int hashes = 0;
        for (int start = 0; start <= text.length(); words++) {
            int end = Topic.wordEnd(text, start);
            if (end - start == 1 && text.charAt(start) == '#') {
                hashes++;
            }
            start = end + 1;
        }
        if (words > MAX_WORDS) {
            return "A topic pattern has at most " + MAX_WORDS + " words.";
        }
        return hashes > 1 ? "A topic pattern has at most one #." : null;
    }

    /** @throws IllegalArgumentException where {@link #problem} would tell one */
    public static TopicPattern of(String text) {
        String problem = problem(text);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        return new TopicPattern(text);
    }

    /**
     * Whether this pattern matches {@code topic}: any string that may be a routing key, correct as a topic or not. As the broker sees
     * it, the empty string has no words, and {@code .} two empty ones.
     */
    public boolean matches(String topic) {
        if (literal) {
            return text.equals(topic);
        }
        // A word starts at every position up to "end" that follows a dot, and an empty key has none.
        int end = topic.length() + 1;
        int start = topic.isEmpty() ? end : 0;
        for (int i = 0; i < head; i++) {
            if (start >= end) {
                return false;
            }
            int wordEnd = Topic.wordEnd(topic, start);
            if (!wordMatches(words[i], topic, start, wordEnd)) {
                return false;
            }
            start = wordEnd + 1;
        }
        if (!open) {
            return start == end;
        }
        for (int i = words.length - 1; i > head; i--) {
            if (end <= start) {
                return false;
            }
            int wordStart = topic.lastIndexOf('.', end - 2) + 1;
            if (!wordMatches(words[i], topic, wordStart, end - 1)) {
                return false;
            }
            end = wordStart;
        }
        return true;
    }

    /**
     * Whether everything that {@code other} matches is matched by this. As {@code #} matches the empty routing key too, {@code *.#} does
     * not contain it.
     */
    public boolean contains(TopicPattern other) {
        if (!open) {
            return !other.open && words.length == other.words.length && headContains(other);
        }
        return shortest() <= other.shortest() && headContains(other) && tailContains(other);
    }

    /** Whether something is matched by both. */
    public boolean overlaps(TopicPattern other) {
        if (shortest() > other.longest() || other.shortest() > longest()) {
            return false;
        }
        for (int i = 0; i < Math.min(other.head, head); i++) {
            if (!wordsOverlap(words[i], other.words[i])) {
                return false;
            }
        }
        for (int i = 1; i <= Math.min(other.fromEnd(), fromEnd()); i++) {
            if (!wordsOverlap(words[words.length - i], other.words[other.words.length - i])) {
                return false;
            }
        }
        return true;
    }

    /** Whether it has no wildcard, so that it matches itself alone. */
    public boolean literal() {
        return literal;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TopicPattern pattern && text.equals(pattern.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }

    private boolean headContains(TopicPattern other) {
        for (int i = 0; i < head; i++) {
            // Past its # the other has any word there.
            String word = i < other.head ? other.words[i] : ANY_WORD;
            if (!wordContains(words[i], word)) {
                return false;
            }
        }
        return true;
    }

    private boolean tailContains(TopicPattern other) {
        for (int i = 1; i <= tail; i++) {
            String word = i <= other.fromEnd() ? other.words[other.words.length - i] : ANY_WORD;
            if (!wordContains(words[words.length - i], word)) {
                return false;
            }
        }
        return true;
    }

    /** Words of the shortest key it matches. */
    private int shortest() {
        return head + tail;
    }

    /** Words of the longest key it matches. */
    private int longest() {
        return open ? Integer.MAX_VALUE : words.length;
    }

    /** Words whose place counted from the end is fixed. */
    private int fromEnd() {
        return open ? tail : words.length;
    }

    private static boolean wordMatches(String word, String topic, int start, int end) {
        return word.equals(ANY_WORD) || (word.length() == end - start && topic.startsWith(word, start));
    }

    private static boolean wordContains(String word, String other) {
        return word.equals(ANY_WORD) || word.equals(other);
    }

    private static boolean wordsOverlap(String word, String other) {
        return word.equals(other) || word.equals(ANY_WORD) || other.equals(ANY_WORD);
    }

    private static int indexOfHash(String[] words) {
        for (int i = 0; i < words.length; i++) {
            if (words[i].equals(ANY_WORDS)) {
                return i;
            }
        }
        return -1;
    }

    private static int wildcards(String[] words) {
        int wildcards = 0;
        for (String word : words) {
            wildcards += word.equals(ANY_WORD) || word.equals(ANY_WORDS) ? 1 : 0;
        }
        return wildcards;
    }
}
