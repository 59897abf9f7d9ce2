package io.sluice.gateway.session;

import io.sluice.bridge.Broker;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.admission.PrincipalCounts;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Grants;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What all sessions of a node share.
 *
 * @param tracing asked about each delivery that is for one session alone; what it gives is run when it is written
 */
public record SessionContext(
        AtomicReference<Configuration> current,
        TopicRules rules,
        Grants grants,
        Admission admission,
        PrincipalCounts principals,
        Broker broker,
        Function<Delivery, @Nullable Runnable> tracing,
        PublishKeys keys,
        Sessions sessions,
        Meters meters) {

    /** As it is in force now. */
    public Configuration configuration() {
        return Objects.requireNonNull(current.get());
    }
}
