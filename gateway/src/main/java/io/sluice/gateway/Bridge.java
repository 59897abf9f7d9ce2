package io.sluice.gateway;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.amqp.AmqpSettings;
import io.sluice.bridge.amqp.Rehearsal;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.config.Amqp.AmqpTls;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.tls.BrokerTls;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The bridge as a configuration wants it. */
final class Bridge {

    /** Requests of a node that may await their replies at once. */
    private static final int REQUESTS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Bridge.class);

    private Bridge() {}

    /**
     * Not yet started. Blocks on the disk.
     *
     * @throws IOException with a sentence, where a certificate cannot be used
     */
    static AmqpBroker of(Configuration configuration, TopicRules rules, BridgeMetrics metrics) throws IOException {
        AmqpSettings settings = settings(configuration);
        boolean requests = configuration.permissions().stream()
                .anyMatch(permission -> !permission.request().isEmpty());
        return new AmqpBroker(
                settings.with(settings.limits()
                                .withRequests(requests ? REQUESTS : 0)
                                .withDeliveryBytes(
                                        Math.toIntExact(configuration.limits().deliveryBytes())))
                        .with(settings.timing()
                                .withHeartbeat(configuration.amqp().heartbeat()))
                        .with(metrics),
                rules);
    }

    /** Tells the log where the broker accepts no publishes: it says so, unasked, only to a connection that has published. Blocks. */
    static void tellAlarm(Configuration configuration) {
        try (Rehearsal rehearsal = Rehearsal.connect(settings(configuration))) {
            String alarm = rehearsal.alarm();
            if (alarm != null) {
                LOG.warn("the broker: {}", alarm);
            }
        } catch (IOException gone) {
            LOG.debug("the broker was not asked for alarms: {}", gone.getMessage());
        }
    }

    /** Where the broker is, and how it is spoken to. */
    static AmqpSettings settings(Configuration configuration) throws IOException {
        AmqpTls tls = configuration.amqp().tls();
        AmqpSettings settings = AmqpSettings.of(configuration.amqp().uris());
        return tls == null ? settings : settings.with(BrokerTls.context(tls));
    }
}
