package io.sluice.bridge.topic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The algebra against brute force: every pattern of up to four words over {@code a b * #}, and every key of up to eight words over
 * {@code a b} and the empty word, which no pattern names. Two such patterns differ, if at all, on a key that short.
 */
class TopicPatternPropertyTest {

    private static final List<TopicPattern> PATTERNS = new ArrayList<>();
    private static final List<String> KEYS = new ArrayList<>();
    private static final List<BitSet> LANGUAGES = new ArrayList<>();

    @BeforeAll
    static void enumerate() {
        for (String text : sequences(List.of("a", "b", "*", "#"), 4)) {
            if (TopicPattern.problem(text) == null) {
                PATTERNS.add(TopicPattern.of(text));
            }
        }
        Set<String> keys = new LinkedHashSet<>(sequences(List.of("a", "b", ""), 8));
        keys.add("");
        KEYS.addAll(keys);
        for (TopicPattern pattern : PATTERNS) {
            LANGUAGES.add(language(pattern));
        }
    }

    @Test
    void allThatWasMeantIsEnumerated() {
        // 340 sequences of 1 to 4 words, of which 1 + 10 + 67 have more than one hash.
        assertThat(PATTERNS).hasSize(262);
        assertThat(KEYS).hasSize(3 + 9 + 27 + 81 + 243 + 729 + 2187 + 6561);
    }

    @Test
    void matchesIsTheDefinition() {
        for (int p = 0; p < PATTERNS.size(); p++) {
            TopicPattern pattern = PATTERNS.get(p);
            BitSet matched = new BitSet(KEYS.size());
            for (int k = 0; k < KEYS.size(); k++) {
                matched.set(k, pattern.matches(KEYS.get(k)));
            }
            assertThat(matched).as("%s", pattern).isEqualTo(LANGUAGES.get(p));
        }
    }

    @Test
    void containsIsTheSubsetOfLanguages() {
        for (int one = 0; one < PATTERNS.size(); one++) {
            for (int other = 0; other < PATTERNS.size(); other++) {
                BitSet beyond = (BitSet) LANGUAGES.get(other).clone();
                beyond.andNot(LANGUAGES.get(one));
                assertThat(PATTERNS.get(one).contains(PATTERNS.get(other)))
                        .as("%s contains %s", PATTERNS.get(one), PATTERNS.get(other))
                        .isEqualTo(beyond.isEmpty());
            }
        }
    }

    @Test
    void overlapsIsTheIntersectionOfLanguages() {
        for (int one = 0; one < PATTERNS.size(); one++) {
            for (int other = 0; other < PATTERNS.size(); other++) {
                assertThat(PATTERNS.get(one).overlaps(PATTERNS.get(other)))
                        .as("%s overlaps %s", PATTERNS.get(one), PATTERNS.get(other))
                        .isEqualTo(LANGUAGES.get(one).intersects(LANGUAGES.get(other)));
            }
        }
    }

    private static BitSet language(TopicPattern pattern) {
        BitSet language = new BitSet(KEYS.size());
        List<String> words = words(pattern.toString());
        for (int k = 0; k < KEYS.size(); k++) {
            language.set(k, definition(words, words(KEYS.get(k))));
        }
        return language;
    }

    /** AMQP 0-9-1, 3.1.3.3, word by word. */
    private static boolean definition(List<String> pattern, List<String> key) {
        if (pattern.isEmpty()) {
            return key.isEmpty();
        }
        List<String> rest = pattern.subList(1, pattern.size());
        if (pattern.get(0).equals("#")) {
            return definition(rest, key) || (!key.isEmpty() && definition(pattern, key.subList(1, key.size())));
        }
        return !key.isEmpty()
                && (pattern.get(0).equals("*") || pattern.get(0).equals(key.get(0)))
                && definition(rest, key.subList(1, key.size()));
    }

    private static List<String> words(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split("\\.", -1));
    }

    private static List<String> sequences(List<String> alphabet, int longest) {
        List<String> all = new ArrayList<>();
        List<String> sequences = alphabet;
        for (int length = 1; length <= longest; length++) {
            all.addAll(sequences);
            List<String> longer = new ArrayList<>();
            for (String sequence : sequences) {
                alphabet.forEach(word -> longer.add(sequence + "." + word));
            }
            sequences = longer;
        }
        return all;
    }
}
