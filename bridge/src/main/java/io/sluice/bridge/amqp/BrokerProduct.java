package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import io.sluice.bridge.topic.Rule;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What kind of broker answers, as it says in {@code connection.start} (AMQP 0-9-1, 1.4.2.1): some rules need more than the standard.
 *
 * @param name such as {@code RabbitMQ 3.10.8}
 * @param capabilities the extensions that it names, and that are on
 */
record BrokerProduct(String name, Set<String> capabilities) {

    private static final String RABBITMQ = "RabbitMQ";

    static BrokerProduct of(Connection connection) {
        Map<String, Object> properties = connection.getServerProperties();
        Set<String> capabilities = new HashSet<>();
        if (properties.get("capabilities") instanceof Map<?, ?> table) {
            table.forEach((name, on) -> {
                if (Boolean.TRUE.equals(on)) {
                    capabilities.add(String.valueOf(name));
                }
            });
        }
        String name = text(properties, "product") + " " + text(properties, "version");
        return new BrokerProduct(name.strip(), Set.copyOf(capabilities));
    }

    boolean rabbitMq() {
        return name.startsWith(RABBITMQ);
    }

    BrokerVersion version() {
        return BrokerVersion.of(name);
    }

    /** What {@code rule} needs and this broker has not, as a sentence; null where nothing is. */
    @Nullable
    String problem(Rule rule) {
        if (rule.source() instanceof Rule.Resumable && !rabbitMq()) {
            return "The rule " + rule.name() + " has a history, which needs RabbitMQ: the broker is " + name
                    + ". Remove history, or name a RabbitMQ in amqp.uris.";
        }
        boolean consumers =
                capabilities.contains("per_consumer_qos") && capabilities.contains("consumer_cancel_notify");
        if (rule.source() instanceof Rule.Work && rule.subscribable() && !consumers) {
            return "The rule " + rule.name()
                    + " has a queue whose consumers have credit of their own, which needs RabbitMQ:" + " the broker is "
                    + name + ". Let nobody subscribe to it, or name a RabbitMQ in amqp.uris.";
        }
        return null;
    }

    /** What no rule gets here; null where there is nothing to say. */
    @Nullable
    String warning() {
        return rabbitMq()
                ? null
                : "the broker is " + name + ", not RabbitMQ: queueLength has no effect, and blocked is not told";
    }

    private static String text(Map<String, Object> properties, String key) {
        Object value = properties.get(key);
        return value == null ? "" : value.toString();
    }
}
