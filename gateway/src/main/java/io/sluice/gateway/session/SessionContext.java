package io.sluice.gateway.session;

import io.sluice.bridge.Broker;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.admission.PrincipalCounts;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Grants;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** What all sessions of a node share. */
public record SessionContext(
        AtomicReference<Configuration> current,
        TopicRules rules,
        Grants grants,
        Admission admission,
        PrincipalCounts principals,
        Broker broker,
        PublishKeys keys,
        Sessions sessions,
        Meters meters) {

    /** As it is in force now. */
    public Configuration configuration() {
        return Objects.requireNonNull(current.get());
    }
}
