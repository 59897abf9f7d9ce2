package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells whether an exchange is still the one that it was: an exchange that is deleted and made anew between two checks has lost its bindings,
 * and looks the same.
 *
 * <p>Each exchange gets a mark, which all nodes share: an exchange {@code sluice.mark.NAME}, never published to, whose only binding leads to it
 * and which deletes itself with that binding. So the mark goes with the exchange, and whoever misses it makes another, of another generation.
 * An exchange can carry no note but the name of its alternate exchange, so that is where the generation stands.
 *
 * <p>Without the rights for it nothing is noticed, and nothing else happens. On the broker's thread.
 */
final class ExchangeMarks {

    private static final Logger LOG = LoggerFactory.getLogger(ExchangeMarks.class);
    private static final String PREFIX = "sluice.mark.";
    private static final String GENERATION = "sluice.generation.";
    private static final String GENERATION_ARGUMENT = "alternate-exchange";
    /** Bytes of an AMQP short string (AMQP 0-9-1, 4.2.5.3). */
    private static final int NAME_BYTES = 255;

    private static final int GENERATION_BYTES = 8;
    /** As RabbitMQ words it: the first value is the one asked for, the last one that which stands. */
    private static final Pattern CURRENT =
            Pattern.compile("current is (?:the value )?'(" + Pattern.quote(GENERATION) + "[0-9a-f]+)'");

    /** The broker says no, in a way that asking again will not change. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String reason) {
            super(reason);
        }
    }

    private final SecureRandom random = new SecureRandom();
    private final Map<String, String> known = new HashMap<>();
    private @Nullable Connection refusedOn;
    private boolean told;

    /**
     * The generation of {@code exchange}: another one than before if it was made anew meanwhile. Null where it cannot be known.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    @Nullable
    String generation(Connection connection, String exchange) throws IOException {
        String mark = PREFIX + exchange;
        if (connection == refusedOn || permanent(exchange) || mark.length() > NAME_BYTES) {
            return null;
        }
        if (!BrokerProduct.of(connection).capabilities().contains("exchange_exchange_bindings")) {
            return null;
        }
        try {
            String generation = look(connection, exchange, mark);
            known.put(exchange, generation);
            return generation;
        } catch (Refused refused) {
            refusedOn = connection;
            if (!told) {
                told = true;
                LOG.info(
                        "an exchange that is deleted and made anew within one check goes unnoticed: {}",
                        refused.getMessage());
            }
            return null;
        }
    }

    /** Those of the broker itself cannot be deleted. */
    static boolean permanent(String exchange) {
        return exchange.isEmpty() || exchange.startsWith("amq.");
    }

    private String look(Connection connection, String exchange, String mark) throws IOException, Refused {
        String before = known.get(exchange);
        if (before != null && exists(connection, mark)) {
            return declare(connection, exchange, mark, before);
        }
        return declare(connection, exchange, mark, GENERATION + HexFormat.of().formatHex(bits()));
    }

    private boolean exists(Connection connection, String mark) throws IOException, Refused {
        try (Asking asking = new Asking(connection)) {
            AMQP.Channel.Close refusal = asking.attempt(channel -> channel.exchangeDeclarePassive(mark));
            if (refusal != null && refusal.getReplyCode() != AMQP.NOT_FOUND) {
                throw new Refused(refusal.getReplyText());
            }
            return refusal == null;
        }
    }

    /** Makes the mark, of this generation, unless there is one; says of which generation it is. */
    private static String declare(Connection connection, String exchange, String mark, String generation)
            throws IOException, Refused {
        AMQP.Channel.Close refusal;
        try (Asking asking = new Asking(connection)) {
            refusal = asking.attempt(channel -> {
                channel.exchangeDeclare(
                        mark, BuiltinExchangeType.FANOUT, false, true, true, Map.of(GENERATION_ARGUMENT, generation));
                channel.exchangeBind(exchange, mark, "");
            });
        }
        if (refusal == null) {
            return generation;
        }
        Matcher current = CURRENT.matcher(refusal.getReplyText());
        if (refusal.getReplyCode() != AMQP.PRECONDITION_FAILED || !current.find()) {
            // One that could be made and not bound would stay when its exchange goes, and say that nothing has
            // happened.
            try (Asking asking = new Asking(connection)) {
                asking.attempt(channel -> channel.exchangeDelete(mark, true));
            }
            throw new Refused(refusal.getReplyText());
        }
        return current.group(1);
    }

    private byte[] bits() {
        byte[] bits = new byte[GENERATION_BYTES];
        random.nextBytes(bits);
        return bits;
    }

    private interface Operation {
        void on(Channel channel) throws IOException;
    }

    /** A channel for one question: a refusal closes it. */
    private record Asking(Channel channel) implements AutoCloseable {

        Asking(Connection connection) throws IOException {
            this(open(connection));
        }

        private static Channel open(Connection connection) throws IOException {
            try {
                Channel channel = connection.createChannel();
                if (channel == null) {
                    throw new IOException("the connection has no channel left");
                }
                return channel;
            } catch (ShutdownSignalException gone) {
                throw new IOException("no answer", gone);
            }
        }

        /** The broker's refusal, null where it agreed. */
        AMQP.Channel.@Nullable Close attempt(Operation operation) throws IOException {
            try {
                operation.on(channel);
                return null;
            } catch (IOException | ShutdownSignalException failure) {
                AMQP.Channel.Close refusal = Reason.channelClose(failure);
                if (refusal == null) {
                    throw new IOException("no answer", failure);
                }
                return refusal;
            }
        }

        @Override
        public void close() {
            ChannelEnd.of(channel);
        }
    }
}
