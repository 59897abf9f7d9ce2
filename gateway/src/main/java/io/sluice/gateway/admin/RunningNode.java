package io.sluice.gateway.admin;

import io.sluice.bridge.Broker;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.session.Sessions;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The running node, as the admin API needs it.
 *
 * @param topics as configured, by their index
 * @param wrong why a rule is unavailable, as far as that is known
 * @param drain begins what SIGTERM begins; returns at once
 */
public record RunningNode(
        Sessions sessions,
        TopicRules rules,
        List<TopicRule> topics,
        Broker broker,
        Meters meters,
        Function<Rule, @Nullable String> wrong,
        Runnable drain) {}
