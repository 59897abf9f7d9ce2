package io.sluice.bridge.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "prices.eur.usd",
                "a b",
                "a*",
                "#1",
                "**",
                "\u00e9.x",
                "\u65e5\u672c",
                "\ud83d\ude00",
                "-",
                "a/b"
            })
    void dotSeparatedWordsAreATopic(String topic) {
        assertThat(Topic.problem(topic)).isNull();
    }

    @Test
    void aTopicHasAtLeastOneWord() {
        assertThat(Topic.problem("")).isEqualTo("A topic has at least one word.");
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "..", ".a", "a.", "a..b"})
    void anEmptyWordIsRefused(String topic) {
        assertThat(Topic.problem(topic))
                .isEqualTo("A topic has no empty word: no dot at its start or end, and no two in a row.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "#", "a.*", "#.a", "a.*.b", "a.#.b"})
    void aWildcardWordIsRefused(String topic) {
        assertThat(Topic.problem(topic)).isEqualTo("A topic has no word * or #; only a pattern does.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\0", "\n", "a.\r\nb", "\t", "\u007f", "\u0085", "\u009f", "\u2028", "\u2029"})
    void controlCharactersAndLineSeparatorsAreRefused(String topic) {
        assertThat(Topic.problem(topic)).isEqualTo("A topic has no control characters: remove them.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a\u202eb", "\u200e", "\u2066x\u2069", "\u200b", "\ufeffa", "a\u00adb", "\u200d", "\udb40\udc41"
            })
    void invisibleFormattingCharactersAreRefused(String topic) {
        assertThat(Topic.problem(topic)).startsWith("A topic has no invisible formatting characters");
    }

    @ParameterizedTest
    @ValueSource(ints = {0xd800, 0xdbff, 0xdc00, 0xdfff})
    void anUnpairedSurrogateIsRefused(int surrogate) {
        String unpaired = String.valueOf((char) surrogate);

        assertThat(Topic.problem(unpaired)).startsWith("A topic has no unpaired surrogates");
        assertThat(Topic.problem("a." + unpaired + "b")).startsWith("A topic has no unpaired surrogates");
    }

    @Test
    void aTopicNotInNormalizationFormCIsRefused() {
        assertThat(Topic.problem("caf\u00e9")).isNull();
        assertThat(Topic.problem("cafe\u0301")).startsWith("A topic is in Unicode normalization form C");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "\u00e9", "\u65e5", "\ud83d\ude00"})
    void aTopicHasAtMost255BytesOfUtf8(String character) {
        int bytes = character.getBytes(UTF_8).length;
        String fill = character.repeat((255 - 3) / bytes);
        String exactly255 = fill + "x".repeat(255 - (255 - 3) / bytes * bytes);

        assertThat(exactly255.getBytes(UTF_8)).hasSize(255);
        assertThat(Topic.problem(exactly255)).isNull();
        assertThat(Topic.problem(exactly255 + "x")).isEqualTo("A topic has at most 255 bytes of UTF-8.");
    }

    @Test
    void eAcute128TimesIsTooLong() {
        assertThat(Topic.problem("\u00e9".repeat(128))).isEqualTo("A topic has at most 255 bytes of UTF-8.");
    }

    @Test
    void aTopicMayHaveMoreWordsThanAPattern() {
        assertThat(Topic.problem("a.".repeat(127) + "a")).isNull();
    }

    @Test
    void aWordHasNoDotAndIsNoWildcard() {
        assertThat(Topic.wordProblem("alice")).isNull();
        assertThat(Topic.wordProblem("a.b")).isEqualTo("A word of a topic has no dot.");
        assertThat(Topic.wordProblem("*")).isNotNull();
        assertThat(Topic.wordProblem("#")).isNotNull();
        assertThat(Topic.wordProblem("")).isNotNull();
    }
}
