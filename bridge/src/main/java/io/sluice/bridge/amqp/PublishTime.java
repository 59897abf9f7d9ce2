package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Delivery;
import java.util.Date;
import java.util.Map;

/** When a message was published, as far as it says so itself. */
final class PublishTime {

    /** The header of RabbitMQ's timestamp interceptor, and of its timestamp plugin: milliseconds since 1970. */
    private static final String MILLIS_HEADER = "timestamp_in_ms";

    private PublishTime() {}

    /**
     * Milliseconds since 1970, of the publisher's clock or of the broker's; of whole seconds where only the property is set.
     * {@link Delivery#UNTIMED} where the message tells neither. The header of what a gateway published is a client's, and not believed.
     */
    @SuppressWarnings("JavaUtilDate") // the client's type for an AMQP timestamp
    static long millis(AMQP.BasicProperties properties) {
        Map<String, Object> headers = properties.getHeaders();
        if (headers != null
                && headers.get(MILLIS_HEADER) instanceof Long millis
                && !PublishProperties.APP_ID.equals(properties.getAppId())) {
            return millis;
        }
        Date seconds = properties.getTimestamp();
        return seconds == null ? Delivery.UNTIMED : seconds.getTime();
    }
}
