package io.sluice.bridge.topic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TopicRulesTest {

    @Test
    void theFirstRuleThatMatchesATopicDecides() {
        TopicRules rules = rules("prices.*", "prices.#", "#");

        assertThat(rules.ruleOf("prices.eur")).isSameAs(rules.rules().get(0));
        assertThat(rules.ruleOf("prices.eur.usd")).isSameAs(rules.rules().get(1));
        assertThat(rules.ruleOf("prices")).isSameAs(rules.rules().get(1));
        assertThat(rules.ruleOf("")).isSameAs(rules.rules().get(2));
    }

    @Test
    void theFirstRuleThatContainsTheWholePatternDecides() {
        TopicRules rules = rules("prices.*", "#");

        assertThat(rules.ruleOf(TopicPattern.of("prices.eur")))
                .isSameAs(rules.rules().get(0));
        assertThat(rules.ruleOf(TopicPattern.of("prices.#")))
                .isSameAs(rules.rules().get(1));
        assertThat(rules.ruleOf(TopicPattern.of("#"))).isSameAs(rules.rules().get(1));
    }

    @Test
    void aTopicThatNoRuleMatchesHasNoRoute() {
        TopicRules rules = rules("prices.*");

        assertThat(rules.ruleOf("chat")).isNull();
        assertThat(rules.ruleOf(TopicPattern.of("#"))).isNull();
        assertThat(rules.route("chat")).isNull();
    }

    @Test
    void aLiveRulePublishesToItsExchangeWithTheTopicAsRoutingKey() {
        TopicRules rules = new TopicRules(List.of(rule(0, "a.#", new Rule.Live("market", 10))));

        assertThat(rules.route("a.b")).isEqualTo(new Route(rules.rules().get(0), "market", "a.b"));
    }

    @Test
    void aResumableRulePublishesToItsExchangeAndNotToItsStream() {
        Rule.Resumable source = new Rule.Resumable("market", "history", Duration.ofHours(1), 1, 1, 1, 1, 1);
        TopicRules rules = new TopicRules(List.of(rule(0, "a.#", source)));

        assertThat(rules.route("a.b")).isEqualTo(new Route(rules.rules().get(0), "market", "a.b"));
    }

    @Test
    void aWorkRulePublishesToTheDefaultExchangeWithTheNameOfItsQueue() {
        TopicRules rules =
                new TopicRules(List.of(rule(0, "jobs.resize", new Rule.Work("resize", Duration.ofMinutes(5)))));

        assertThat(rules.route("jobs.resize")).isEqualTo(new Route(rules.rules().get(0), "", "resize"));
    }

    @Test
    void aRuleThatDoesNotKnowItsPlaceIsABug() {
        Rule rule = rule(1, "a.#", new Rule.Live("market", 10));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TopicRules(List.of(rule)))
                .withMessage("Rule a.# has not its place as index.");
    }

    @Test
    void overlapsAreToldWithTheEarlierRuleFirst() {
        TopicRules rules = rules("prices.*", "chat.#", "#", "chat.room");

        assertThat(rules.overlaps())
                .extracting(TopicRules.Overlap::toString)
                .containsExactly(
                        "Rule # does not bring all its topics: some belong to rule prices.* above it.",
                        "Rule # does not bring all its topics: some belong to rule chat.# above it.",
                        "Rule chat.room has no effect: all its topics belong to rule chat.# above it.",
                        "Rule chat.room has no effect: all its topics belong to rule # above it.");
    }

    @Test
    void rulesApartFromEachOtherDoNotOverlap() {
        assertThat(rules("a.*", "a.*.*", "b.#").overlaps()).isEmpty();
    }

    private static TopicRules rules(String... patterns) {
        List<Rule> rules = new ArrayList<>();
        for (String pattern : patterns) {
            rules.add(rule(rules.size(), pattern, new Rule.Live("amq.topic", 10_000)));
        }
        return new TopicRules(rules);
    }

    private static Rule rule(int index, String match, Rule.Source source) {
        return new Rule(index, TopicPattern.of(match), source, false, true, true, Set.of());
    }
}
