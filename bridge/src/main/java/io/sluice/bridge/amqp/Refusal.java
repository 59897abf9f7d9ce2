package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the broker refused when it closed a channel over a publish. It says what was wrong with it, and no delivery tag. */
sealed interface Refusal {

    /** @param missing the exchange does not exist; else access to it is refused */
    record OfExchange(String exchange, boolean missing) implements Refusal {

        @Override
        public boolean mayBe(Publication publication) {
            return publication.route().exchange().equals(exchange);
        }

        @Override
        public PublishOutcome outcome() {
            return missing ? PublishOutcome.NOT_SENT : PublishOutcome.REJECTED;
        }
    }

    /** @param topic the routing key that may not be published to */
    record OfTopic(String exchange, String topic) implements Refusal {

        @Override
        public boolean mayBe(Publication publication) {
            return publication.route().exchange().equals(exchange)
                    && publication.route().routingKey().equals(topic);
        }

        @Override
        public PublishOutcome outcome() {
            return PublishOutcome.REJECTED;
        }
    }

    /**
     * @param bytes of the body
     * @param most that a body may have
     */
    record OfSize(long bytes, long most) implements Refusal {

        @Override
        public boolean mayBe(Publication publication) {
            return publication.body().length == bytes;
        }

        @Override
        public boolean firstIsIt() {
            return true;
        }

        @Override
        public PublishOutcome outcome() {
            return PublishOutcome.REJECTED;
        }
    }

    /** As RabbitMQ words it. */
    Pattern EXCHANGE = Pattern.compile("- (?:no|access to) exchange '([^']*)'");

    Pattern TOPIC = Pattern.compile("- access to topic '(.*)' in exchange (?:[a-z]+ )?'([^']*)'", Pattern.DOTALL);

    Pattern SIZE =
            Pattern.compile("- message size ([0-9]{1,18}) is larger than (?:configured )?max size ([0-9]{1,18})");

    /** Null for a close over anything else, and for one in other words. */
    static @Nullable Refusal of(AMQP.Channel.Close close) {
        // basic.publish
        if (close.getClassId() != 60 || close.getMethodId() != 40) {
            return null;
        }
        String words = close.getReplyText();
        return switch (close.getReplyCode()) {
            case AMQP.NOT_FOUND -> ofExchange(words, true);
            case AMQP.ACCESS_REFUSED -> ofAccess(words);
            case AMQP.PRECONDITION_FAILED -> ofSize(words);
            default -> null;
        };
    }

    private static @Nullable Refusal ofExchange(String words, boolean missing) {
        Matcher exchange = EXCHANGE.matcher(words);
        return exchange.find() ? new OfExchange(exchange.group(1), missing) : null;
    }

    private static @Nullable Refusal ofAccess(String words) {
        Matcher topic = TOPIC.matcher(words);
        return topic.find() ? new OfTopic(topic.group(2), topic.group(1)) : ofExchange(words, false);
    }

    private static @Nullable Refusal ofSize(String words) {
        Matcher size = SIZE.matcher(words);
        return size.find() ? new OfSize(Long.parseLong(size.group(1)), Long.parseLong(size.group(2))) : null;
    }

    /** Whether {@code publication} may be the one that was refused. */
    boolean mayBe(Publication publication);

    /** Whether, of several that may be it, the first is: any before would have been refused in its place. */
    default boolean firstIsIt() {
        return false;
    }

    /** What became of the one that was refused. */
    PublishOutcome outcome();
}
