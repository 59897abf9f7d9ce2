package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Publication;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the broker refused when it closed a channel over a publish. It names the exchange, and no delivery tag.
 *
 * @param topic the routing key that may not be published to; null where the whole exchange may not
 * @param missing the exchange does not exist; else access is refused
 */
record Refusal(String exchange, @Nullable String topic, boolean missing) {

    private static final int BASIC = 60;
    private static final int PUBLISH = 40;

    /** As RabbitMQ words it. */
    private static final Pattern EXCHANGE = Pattern.compile("- (?:no|access to) exchange '([^']*)'");

    private static final Pattern TOPIC =
            Pattern.compile("- access to topic '(.*)' in exchange (?:[a-z]+ )?'([^']*)'", Pattern.DOTALL);

    /** Null for a close over anything else, and for one in other words. */
    static @Nullable Refusal of(AMQP.Channel.Close close) {
        boolean missing = close.getReplyCode() == AMQP.NOT_FOUND;
        if (close.getClassId() != BASIC
                || close.getMethodId() != PUBLISH
                || !(missing || close.getReplyCode() == AMQP.ACCESS_REFUSED)) {
            return null;
        }
        Matcher exchange = EXCHANGE.matcher(close.getReplyText());
        if (exchange.find()) {
            return new Refusal(exchange.group(1), null, missing);
        }
        Matcher topic = TOPIC.matcher(close.getReplyText());
        return topic.find() ? new Refusal(topic.group(2), topic.group(1), missing) : null;
    }

    /** Whether {@code publication} may be the one that was refused. */
    boolean mayBe(Publication publication) {
        return publication.route().exchange().equals(exchange)
                && (topic == null || publication.route().routingKey().equals(topic));
    }
}
