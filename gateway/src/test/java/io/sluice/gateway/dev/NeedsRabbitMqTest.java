package io.sluice.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.amqp.AmqpSettings;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.bridge.topic.TopicRules;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the embedded broker cannot do is said, rule by rule; the other rules are served. */
@Timeout(60)
final class NeedsRabbitMqTest {

    private static final Rule HISTORY = rule(
            0, "past.#", new Rule.Resumable("amq.topic", "past", Duration.ofHours(1), 1 << 20, 1 << 16, 1, 1, 1), true);
    private static final Rule WORK = rule(1, "jobs", new Rule.Work("jobs", Duration.ofMinutes(5)), true);
    private static final Rule WORK_PUBLISH_ONLY =
            rule(2, "tasks", new Rule.Work("tasks", Duration.ofMinutes(5)), false);
    private static final Rule LIVE = rule(3, "#", new Rule.Live("amq.topic", 100), true);

    @Test
    void aRuleWithHistoryOrWithAQueueToConsumeSaysSoAndTheOthersAreServed() throws Exception {
        Told told = new Told();
        TopicRules rules = new TopicRules(List.of(HISTORY, WORK, WORK_PUBLISH_ONLY, LIVE));
        try (EmbeddedBroker embedded = EmbeddedBroker.start();
                AmqpBroker broker =
                        new AmqpBroker(AmqpSettings.of(List.of(embedded.uri().toString())), rules)) {
            broker.start(told, told);
            told.up.await();
            await().until(() -> told.unavailable.size() == 2);
            assertThat(told.unavailable.get(HISTORY))
                    .startsWith("The rule past.# has a history, which needs RabbitMQ: the broker is ")
                    .contains("Qpid")
                    .endsWith("Remove history, or name a RabbitMQ in amqp.uris.");
            assertThat(told.unavailable.get(WORK))
                    .startsWith("The rule jobs has a queue")
                    .contains("needs RabbitMQ");
            assertThat(broker.available(LIVE)).isTrue();
        }
    }

    private static Rule rule(int index, String match, Rule.Source source, boolean subscribable) {
        return new Rule(
                index, TopicPattern.of(match), source, source instanceof Rule.Work, subscribable, true, Set.of());
    }

    private static final class Told implements BrokerListener, DeliverySink {
        private final Map<Rule, String> unavailable = new ConcurrentHashMap<>();
        private final CountDownLatch up = new CountDownLatch(1);

        @Override
        public void up() {
            up.countDown();
        }

        @Override
        public void down(String reason) {}

        @Override
        public void blocked(boolean blocked, String reason) {}

        @Override
        public void ruleAvailable(Rule rule) {}

        @Override
        public void ruleUnavailable(Rule rule, String reason) {
            unavailable.put(rule, reason);
        }

        @Override
        public void deliver(Delivery delivery) {}

        @Override
        public void gap(Rule rule, Hole hole, long missed) {}

        @Override
        public void tooLarge(Rule rule, String topic) {}
    }
}
