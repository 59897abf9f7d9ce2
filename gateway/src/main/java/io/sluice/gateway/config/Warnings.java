package io.sluice.gateway.config;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.TopicRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is allowed and hardly meant. */
final class Warnings {

    /** RabbitMQ's default {@code consumer_timeout}. */
    private static final Duration CONSUMER_TIMEOUT = Duration.ofMinutes(30);

    private Warnings() {}

    static List<Finding> findings(Configuration configuration) {
        List<Finding> warnings = new ArrayList<>();
        List<TopicRule> topics = configuration.topics();
        if (topics.isEmpty()) {
            warnings.add(new Finding("topics", "There is no topic rule: every topic is no_such_topic."));
        }
        for (int later = 1; later < topics.size(); later++) {
            for (int earlier = 0; earlier < later; earlier++) {
                if (pattern(topics.get(earlier)).contains(pattern(topics.get(later)))) {
                    warnings.add(new Finding(
                            "topics[" + later + "].match",
                            "This rule has no effect: topics[%d] above it, %s, decides about all its topics. Put it above that one."
                                    .formatted(earlier, topics.get(earlier).match())));
                    break;
                }
            }
        }
        for (int i = 0; i < topics.size(); i++) {
            if (topics.get(i).ackTimeout().compareTo(CONSUMER_TIMEOUT) >= 0) {
                warnings.add(new Finding(
                        "topics[" + i + "].ackTimeout",
                        "RabbitMQ's consumer_timeout is 30m by default: over a message that is out for longer it takes back"
                                + " those of all sessions. Write less, or raise consumer_timeout above it."));
            }
        }
        return warnings;
    }

    private static TopicPattern pattern(TopicRule rule) {
        return TopicPattern.of(rule.match());
    }
}
