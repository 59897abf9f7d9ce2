package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.LongString;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.BridgeMetrics.Drop;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Oversized;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicRules;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what AMQP brings into deliveries: keeps what belongs to the rule and is not too large, and lets through the headers that the rule
 * names. Nothing that a back end publishes, and nothing that the sink throws, ends a consumer. For any thread.
 */
final class Intake {

    private static final Logger LOG = LoggerFactory.getLogger(Intake.class);
    private static final String TRACEPARENT = "traceparent";
    private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final TopicRules rules;
    private final DeliverySink sink;
    private final IntSupplier maxBytes;
    private final boolean traced;
    private final BridgeMetrics metrics;
    private final AtomicLong quietUntilNanos = new AtomicLong(System.nanoTime());

    /**
     * @param maxBytes of a body, as it is now; any thread
     * @param traced whether deliveries are to say of which trace they are
     */
    Intake(TopicRules rules, DeliverySink sink, IntSupplier maxBytes, boolean traced, BridgeMetrics metrics) {
        this.rules = rules;
        this.sink = sink;
        this.maxBytes = maxBytes;
        this.traced = traced;
        this.metrics = metrics;
    }

    void take(Rule rule, String routingKey, AMQP.BasicProperties properties, byte[] body) {
        guarded(rule, () -> {
            metrics.received(rule);
            Rule owner = rules.ruleOf(routingKey);
            if (owner == null || owner.index() != rule.index()) {
                metrics.dropped(rule, Drop.OTHER_RULE);
            } else if (body.length > maxBytes.getAsInt()) {
                metrics.dropped(rule, Drop.TOO_LARGE);
                sink.tooLarge(rule, routingKey);
            } else {
                sink.deliver(delivery(rule, routingKey, properties, body, null));
            }
        });
    }

    /** What the message of a stream is to the rule: as {@link #entry}, and counted as received. */
    @Nullable
    Entry received(Rule rule, StreamMessage message, Position position) {
        metrics.received(rule);
        Entry entry = entry(rule, message, position);
        if (entry == null) {
            metrics.dropped(rule, Drop.OTHER_RULE);
        } else if (entry instanceof Oversized) {
            metrics.dropped(rule, Drop.TOO_LARGE);
        }
        return entry;
    }

    /** What the message of a stream is to the rule; null where it belongs to another one. Counts nothing. */
    @Nullable
    Entry entry(Rule rule, StreamMessage message, Position position) {
        Rule owner = rules.ruleOf(message.routingKey());
        if (owner == null || owner.index() != rule.index()) {
            return null;
        }
        return message.body().length > maxBytes.getAsInt()
                ? new Oversized(message.routingKey(), message.offset())
                : delivery(rule, message.routingKey(), message.properties(), message.body(), position);
    }

    /** Counts a message of {@code rule}, and says whether it is larger than may be delivered. */
    boolean tooLarge(Rule rule, byte[] body) {
        metrics.received(rule);
        boolean over = body.length > maxBytes.getAsInt();
        if (over) {
            metrics.dropped(rule, Drop.TOO_LARGE);
        }
        return over;
    }

    /** Runs what calls the sink; says whether it went well. */
    boolean guarded(Rule rule, Runnable task) {
        try {
            task.run();
            return true;
        } catch (RuntimeException failure) {
            metrics.dropped(rule, Drop.BROKEN);
            logNowAndThen(rule, failure);
            return false;
        }
    }

    Delivery delivery(
            Rule rule, String topic, AMQP.BasicProperties properties, byte[] body, @Nullable Position position) {
        return new Delivery(
                rule,
                topic,
                body,
                properties.getContentType(),
                properties.getContentEncoding(),
                headers(rule, properties.getHeaders()),
                position,
                System.nanoTime(),
                PublishTime.millis(properties),
                traced ? traceparent(properties.getHeaders()) : null);
    }

    private static @Nullable String traceparent(@Nullable Map<String, Object> all) {
        return all != null && simple(all.get(TRACEPARENT)) instanceof String text ? text : null;
    }

    private static Map<String, Object> headers(Rule rule, @Nullable Map<String, Object> all) {
        if (all == null || rule.headers().isEmpty()) {
            return Map.of();
        }
        Map<String, Object> through = new HashMap<>();
        for (String name : rule.headers()) {
            Object value = simple(all.get(name));
            if (value != null) {
                through.put(name, value);
            }
        }
        return through;
    }

    /** Null for tables, arrays and times: a client sees simple values only. */
    private static @Nullable Object simple(@Nullable Object value) {
        if (value instanceof LongString text) {
            return text.toString();
        }
        boolean simple = value instanceof String
                || value instanceof Number
                || value instanceof Boolean
                || value instanceof byte[];
        return simple ? value : null;
    }

    private void logNowAndThen(Rule rule, RuntimeException failure) {
        long quietUntil = quietUntilNanos.get();
        long now = System.nanoTime();
        if (now - quietUntil >= 0 && quietUntilNanos.compareAndSet(quietUntil, now + LOG_EVERY_NANOS)) {
            LOG.error(
                    "A message of the rule {} was dropped, and others may be: this is a fault of Sluice",
                    rule.name(),
                    failure);
        }
    }
}
