package io.sluice.bridge.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TopicPatternTest {

    @ParameterizedTest
    @CsvSource({
        "a.#, a",
        "a.#, a.b.c",
        "#, a",
        "#, a.b",
        "#.a, a",
        "a.#.b, a.b",
        "a.#.b, a.x.y.b",
        "*, a",
        "a.*, a.b",
        "*.b, a.b",
        "a.b, a.b",
        "#.*, a",
        "a*, a*"
    })
    void matches(String pattern, String topic) {
        assertThat(TopicPattern.of(pattern).matches(topic)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a.#, ab",
        "a.#, b",
        "*, a.b",
        "a.*, a",
        "a.*, a.b.c",
        "a.#.a, a",
        "a.#.b, a.b.c",
        "a.b, a.B",
        "a.b, a.bc",
        "*.*.#, a",
        "a*, ab"
    })
    void doesNotMatch(String pattern, String topic) {
        assertThat(TopicPattern.of(pattern).matches(topic)).isFalse();
    }

    @Test
    void anyRoutingKeyOfABackEndCanBeMatched() {
        assertThat(TopicPattern.of("#").matches("")).isTrue();
        assertThat(TopicPattern.of("*").matches("")).isFalse();
        assertThat(TopicPattern.of("#.*").matches("")).isFalse();
        assertThat(TopicPattern.of("a.#").matches("")).isFalse();
        assertThat(TopicPattern.of("*.*").matches(".")).isTrue();
        assertThat(TopicPattern.of("*").matches(".")).isFalse();
        assertThat(TopicPattern.of("a.*").matches("a.")).isTrue();
        assertThat(TopicPattern.of("*.a").matches(".a")).isTrue();
        assertThat(TopicPattern.of("#.*").matches("..")).isTrue();
        assertThat(TopicPattern.of("a.#").matches("a" + ".".repeat(254))).isTrue();
        assertThat(TopicPattern.of("#.a").matches(".".repeat(254) + "a")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "a.#, a",
        "a.#, a.#",
        "a.#, a.*",
        "a.#, a.b.#",
        "a.#, a.#.b",
        "#, #",
        "#, *.#",
        "a.*, a.b",
        "*.#, a",
        "#.b, a.*.b"
    })
    void contains(String grant, String pattern) {
        assertThat(TopicPattern.of(grant).contains(TopicPattern.of(pattern))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "tenantA.news.*, #",
        "tenantA.news.*, *",
        "tenantA.news.*, *.secret",
        "tenantA.news.*, tenantA.#",
        "tenantA.news.*, tenantA.*.#",
        "tenantA.news.*, tenantA.news.#",
        "tenantA.news.*, tenantA.news",
        "a.*.#, a.#",
        "a.b, a.*",
        "*, #",
        "*.#, #",
        "a.#.b, a.#"
    })
    void doesNotContain(String grant, String pattern) {
        assertThat(TopicPattern.of(grant).contains(TopicPattern.of(pattern))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"a.#, #.b", "a.*, *.b", "*.b.#, a.#", "#, a"})
    void overlapsEitherWay(String one, String other) {
        assertThat(TopicPattern.of(one).overlaps(TopicPattern.of(other))).isTrue();
        assertThat(TopicPattern.of(other).overlaps(TopicPattern.of(one))).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"a.#, b.#", "a.*, *", "*.b, *.c", "a.b.#, a"})
    void doesNotOverlapEitherWay(String one, String other) {
        assertThat(TopicPattern.of(one).overlaps(TopicPattern.of(other))).isFalse();
        assertThat(TopicPattern.of(other).overlaps(TopicPattern.of(one))).isFalse();
    }

    @Test
    void onlyAPatternWithNoWildcardIsLiteral() {
        assertThat(TopicPattern.of("a.b").literal()).isTrue();
        assertThat(TopicPattern.of("a.b*").literal()).isTrue();
        assertThat(TopicPattern.of("a.*").literal()).isFalse();
        assertThat(TopicPattern.of("a.#").literal()).isFalse();
    }

    @Test
    void aPatternHasAtMost16Words() {
        assertThat(TopicPattern.problem("a.".repeat(15) + "a")).isNull();
        assertThat(TopicPattern.problem("a.".repeat(16) + "a")).isEqualTo("A topic pattern has at most 16 words.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"#.#", "#.a.#", "#.#.#.a.#"})
    void aPatternHasAtMostOneHash(String pattern) {
        assertThat(TopicPattern.problem(pattern)).isEqualTo("A topic pattern has at most one #.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a..b", "a.\0", "a.\u202e", "e\u0301"})
    void whatNoTopicHasNoPatternHas(String pattern) {
        assertThat(TopicPattern.problem(pattern)).isNotNull();
        assertThatThrownBy(() -> TopicPattern.of(pattern)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void patternsAreEqualByText() {
        assertThat(TopicPattern.of("a.*")).isEqualTo(TopicPattern.of("a.*")).hasSameHashCodeAs(TopicPattern.of("a.*"));
        assertThat(TopicPattern.of("a.*")).isNotEqualTo(TopicPattern.of("a.#"));
        assertThat(TopicPattern.of("a.*")).hasToString("a.*");
    }
}
