package io.sluice.bridge.amqp;

import io.sluice.bridge.BridgeMetrics;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * How the bridge speaks to AMQP.
 *
 * @param uris {@code amqp://user:password@host:5672/vhost} or {@code amqps://…}, tried in turn; at least one
 * @param name how this node is called in RabbitMQ's list of connections
 * @param tls trust and key material for {@code amqps}; null: the JVM's default. Host names are always verified
 */
public record AmqpSettings(
        List<String> uris,
        String name,
        Limits limits,
        Timing timing,
        @Nullable SSLContext tls,
        BridgeMetrics metrics) {

    /**
     * @throws IllegalArgumentException with a sentence that says what to do, and no password, where a URI is not one
     */
    public AmqpSettings {
        uris = List.copyOf(uris);
        if (uris.isEmpty()) {
            throw new IllegalArgumentException("amqp.uris is empty: name at least one broker, " + AmqpUri.FORM + ".");
        }
        for (int i = 0; i < uris.size(); i++) {
            if (AmqpUri.parse(uris.get(i)) == null) {
                throw new IllegalArgumentException(
                        "amqp.uris[" + i + "] is not an AMQP URI: write " + AmqpUri.FORM + ".");
            }
        }
    }

    /** The defaults. */
    public static AmqpSettings of(List<String> uris) {
        return new AmqpSettings(uris, "sluice", Limits.DEFAULT, Timing.DEFAULT, null, BridgeMetrics.NONE);
    }

    public AmqpSettings with(Limits other) {
        return new AmqpSettings(uris, name, other, timing, tls, metrics);
    }

    public AmqpSettings with(Timing other) {
        return new AmqpSettings(uris, name, limits, other, tls, metrics);
    }

    public AmqpSettings with(BridgeMetrics other) {
        return new AmqpSettings(uris, name, limits, timing, tls, other);
    }

    /** @param other trust and key material for {@code amqps} */
    public AmqpSettings with(SSLContext other) {
        return new AmqpSettings(uris, name, limits, timing, other, metrics);
    }

    List<AmqpUri> parsedUris() {
        return IntStream.range(0, uris.size())
                .mapToObj(i -> AmqpUri.of(uris.get(i)))
                .toList();
    }

    /** Without passwords. */
    @Override
    public String toString() {
        String masked = parsedUris().stream().map(AmqpUri::toString).collect(Collectors.joining(", "));
        return "AmqpSettings[" + masked + ", " + name + ", " + limits + ", " + timing + "]";
    }

    /**
     * What is bounded. Over the first four, {@code busy}.
     *
     * @param unconfirmed publications of this node taken and not settled
     * @param unconfirmedBytes their bodies, in bytes
     * @param laneMessages publications waiting in one lane to be sent
     * @param laneBytes their bodies, in bytes
     * @param lanes threads that publish, each on a channel of its own
     * @param deliveryBytes of a message from AMQP; a larger one is not delivered
     * @param prefetch messages of one feed that are under way or not yet taken by the sink; with {@code deliveryBytes} it bounds
     *     their memory. At most 1000
     * @param requests of this node that await their replies; 0, the default: none are served, and there is no reply queue
     */
    public record Limits(
            int unconfirmed,
            long unconfirmedBytes,
            int laneMessages,
            long laneBytes,
            int lanes,
            int deliveryBytes,
            int prefetch,
            int requests) {

        public static final Limits DEFAULT = new Limits(10_000, 64L << 20, 5_000, 32L << 20, 2, 1 << 20, 500, 0);

        public Limits {
            if (lanes < 1 || unconfirmed < 1 || laneMessages < 1 || deliveryBytes < 0 || requests < 0) {
                throw new IllegalArgumentException("A limit of the bridge is too low.");
            }
            // The client's own work queue holds 1000 per channel; one more would block the reader of the whole
            // connection.
            if (prefetch < 1 || prefetch > 1000) {
                throw new IllegalArgumentException("prefetch: " + prefetch + " (expected: 1 to 1000)");
            }
        }

        public Limits withUnconfirmed(int other) {
            return new Limits(
                    other, unconfirmedBytes, laneMessages, laneBytes, lanes, deliveryBytes, prefetch, requests);
        }

        public Limits withDeliveryBytes(int other) {
            return new Limits(unconfirmed, unconfirmedBytes, laneMessages, laneBytes, lanes, other, prefetch, requests);
        }

        public Limits withRequests(int other) {
            return new Limits(
                    unconfirmed, unconfirmedBytes, laneMessages, laneBytes, lanes, deliveryBytes, prefetch, other);
        }
    }

    /**
     * What is awaited, and how long.
     *
     * @param heartbeat in whole seconds; a broker that is silent for two of them is lost
     * @param connect until a connection stands, and for each answer of the broker
     * @param firstRetry before the second attempt to connect; doubles, with jitter, until {@code lastRetry}
     * @param recheck between two checks that exchanges and queues exist and bindings stand
     * @param reattach between two attempts to replace the channel of one feed or lane that the broker closed
     * @param confirm until a publication that was sent and not confirmed is given up as unknown
     * @param close at most for unconfirmed publications, when the bridge closes
     * @param linger for which a pattern that nobody wants any more stays bound
     */
    public record Timing(
            Duration heartbeat,
            Duration connect,
            Duration firstRetry,
            Duration lastRetry,
            Duration recheck,
            Duration reattach,
            Duration confirm,
            Duration close,
            Duration linger) {

        public static final Timing DEFAULT = new Timing(
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                Duration.ofMillis(200),
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30));

        public Timing withHeartbeat(Duration other) {
            return new Timing(other, connect, firstRetry, lastRetry, recheck, reattach, confirm, close, linger);
        }

        public Timing withLinger(Duration other) {
            return new Timing(heartbeat, connect, firstRetry, lastRetry, recheck, reattach, confirm, close, other);
        }

        public Timing withRetry(Duration first, Duration last) {
            return new Timing(heartbeat, connect, first, last, recheck, reattach, confirm, close, linger);
        }

        public Timing withRecheck(Duration other) {
            return new Timing(heartbeat, connect, firstRetry, lastRetry, other, reattach, confirm, close, linger);
        }

        public Timing withConfirm(Duration other) {
            return new Timing(heartbeat, connect, firstRetry, lastRetry, recheck, reattach, other, close, linger);
        }
    }
}
