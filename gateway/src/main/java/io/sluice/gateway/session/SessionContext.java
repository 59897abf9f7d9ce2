package io.sluice.gateway.session;

import io.sluice.bridge.Broker;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.admission.Tokens;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Grants;

/** What all sessions of a node share. */
public record SessionContext(
        Configuration configuration,
        TopicRules rules,
        Grants grants,
        Tokens tokens,
        Broker broker,
        PublishKeys keys,
        Sessions sessions,
        Meters meters) {}
