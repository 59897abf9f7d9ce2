package io.sluice.gateway.config;

import io.sluice.bridge.topic.Topic;
import io.sluice.bridge.topic.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The pattern of a grant: a topic pattern in which {@code {sub}} and {@code {claim.NAME}} stand for a word, or for a part of one, that
 * the token fills in. At most one of them in each word, so that two principals with different values never share a topic. Immutable.
 */
public final class GrantPattern {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{([^{}]*)}");

    /** What stands for a placeholder in {@link #masked}. */
    private static final String MASK = "{}";

    private static final String CLAIM = "claim.";

    private final String text;
    /** The pattern with {@link #MASK} for each placeholder. */
    private final String masked;
    /** The claims that stand in the placeholders, in order. */
    private final List<String> claims;

    private GrantPattern(String text) {
        this.text = text;
        masked = masked(text);
        claims = new ArrayList<>();
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            claims.add(claim(matcher.group(1)));
        }
    }

    /** What is wrong with {@code text} as the pattern of a grant, as a sentence that says what to do; null where nothing is. */
    public static @Nullable String problem(String text) {
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            if (claim(matcher.group(1)).isEmpty()) {
                return "Only {sub} and {claim.NAME} can stand for a word.";
            }
        }
        String masked = masked(text);
        for (String word : masked.split("\\.", -1)) {
            String rest = word.replaceFirst(Pattern.quote(MASK), "");
            if (rest.contains(MASK)) {
                return "A word has at most one {...}: part them by a dot.";
            }
            if (rest.contains("{") || rest.contains("}")) {
                return "Braces come in pairs: write {sub} or {claim.NAME}.";
            }
        }
        return TopicPattern.problem(masked);
    }

    /** @throws IllegalArgumentException where {@link #problem} would tell one */
    public static GrantPattern of(String text) {
        String problem = problem(text);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        return new GrantPattern(text);
    }

    /**
     * This pattern for one principal. A value can only narrow it: where {@code values} has none for a claim, or one that is no correct
     * word or holds a wildcard, the grant is void and null comes back.
     *
     * @param values the value of a claim, {@code sub} among them; null where there is none that is a text
     */
    public @Nullable TopicPattern fill(Function<String, @Nullable String> values) {
        StringBuilder filled = new StringBuilder();
        int from = 0;
        for (String claim : claims) {
            String value = values.apply(claim);
            if (value == null || !isPlainWord(value)) {
                return null;
            }
            int at = masked.indexOf(MASK, from);
            filled.append(masked, from, at).append(value);
            from = at + MASK.length();
        }
        String pattern = filled.append(masked, from, masked.length()).toString();
        return TopicPattern.problem(pattern) == null ? TopicPattern.of(pattern) : null;
    }

    /** The pattern that contains what {@link #fill} gives for anyone: any word where a placeholder stands. */
    public TopicPattern widest() {
        String[] words = masked.split("\\.", -1);
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].contains(MASK) ? "*" : words[i];
        }
        return TopicPattern.of(String.join(".", words));
    }

    /** As configured. */
    @Override
    public String toString() {
        return text;
    }

    private static boolean isPlainWord(String value) {
        return value.indexOf('*') < 0 && value.indexOf('#') < 0 && Topic.wordProblem(value) == null;
    }

    private static String masked(String text) {
        return PLACEHOLDER.matcher(text).replaceAll(Matcher.quoteReplacement(MASK));
    }

    /** The claim that a placeholder names; empty where it names none. */
    private static String claim(String placeholder) {
        if (placeholder.equals("sub")) {
            return placeholder;
        }
        return placeholder.startsWith(CLAIM) ? placeholder.substring(CLAIM.length()) : "";
    }
}
