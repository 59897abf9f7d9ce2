package io.sluice.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RulesTest {

    @Test
    void aRuleIsLiveOnItsExchangeAndSubscribableWhereAGrantSaysSo() {
        List<Rule> rules = rules("""
                topics:
                  - {match: "ticker.#", exchange: ticker, declare: true, headers: [traceparent], queueLength: 7}
                  - {match: "rpc.#", persistent: false}
                permissions: [{subscribe: ["ticker.{sub}"], publish: ["rpc.#"]}]
                """);

        assertThat(rules).hasSize(2);
        assertThat(rules.get(0))
                .isEqualTo(new Rule(
                        0, rules.get(0).match(), new Rule.Live("ticker", 7), true, true, true, Set.of("traceparent")));
        assertThat(rules.get(0).name()).isEqualTo("ticker.#");
        assertThat(rules.get(1))
                .isEqualTo(new Rule(
                        1, rules.get(1).match(), new Rule.Live("amq.topic", 10_000), false, false, false, Set.of()));
    }

    @Test
    void aRuleWithHistoryIsResumableAndOneWithAQueueIsWork() {
        Configuration.TopicRule plain = Configuration.TopicRule.DEFAULT;
        Configuration.History history =
                new Configuration.History("market.history", Duration.ofHours(2), 160, 10, 16, 17, 4);

        assertThat(source(plain, "market", null, history))
                .isEqualTo(new Rule.Resumable("market", "market.history", Duration.ofHours(2), 160, 10, 16, 17, 4));
        assertThat(source(plain, null, "jobs", null)).isEqualTo(new Rule.Work("jobs", Duration.ofMinutes(5)));
    }

    private static Rule.Source source(
            Configuration.TopicRule plain,
            @Nullable String exchange,
            @Nullable String queue,
            Configuration.@Nullable History history) {
        Configuration.TopicRule rule = new Configuration.TopicRule(
                "a",
                exchange,
                queue,
                plain.ackTimeout(),
                history,
                plain.overflow(),
                false,
                plain.binding(),
                true,
                List.of(),
                null,
                false,
                false,
                1);
        Configuration base = Configuration.DEFAULT;
        Configuration configuration = new Configuration(
                base.listeners(),
                base.proxies(),
                base.operations(),
                base.amqp(),
                base.origins(),
                base.authentication(),
                List.of(rule),
                base.permissions(),
                base.limits(),
                base.websocket(),
                base.fanout(),
                base.drain(),
                base.log(),
                base.insecure());
        return Rules.of(configuration).rules().get(0).source();
    }

    private static List<Rule> rules(String yaml) {
        return Rules.of(((LoadResult.Loaded) ConfigurationLoader.parse("f", yaml, Map.of())).configuration())
                .rules();
    }
}
