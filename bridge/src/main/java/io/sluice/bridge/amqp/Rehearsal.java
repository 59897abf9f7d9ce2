package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Tries what a running gateway will do later: nothing is published, and nothing declared but the marks of exchanges. Blocks; one thread. */
public final class Rehearsal implements AutoCloseable {

    private static final int CLOSE_MILLIS = 2000;

    /** RabbitMQ looks at it last, behind the permissions: so a publish with it is either forbidden or unreadable. */
    private static final String NO_EXPIRATION = "?";

    /** The same for consumers: a priority is a number. */
    private static final Map<String, Object> NO_PRIORITY = Map.of("x-priority", "?");

    /** No queue has this name. */
    private static final String NOBODY = "sluice.nobody";

    private interface Attempt {
        void on(Channel channel) throws IOException;
    }

    private final Connection connection;
    private final BrokerProduct product;
    private volatile @Nullable String blocked;

    private Rehearsal(Connection connection) {
        this.connection = connection;
        product = BrokerProduct.of(connection);
        connection.addBlockedListener(reason -> blocked = reason, () -> blocked = null);
    }

    /** @throws IOException with a sentence, where none of the URIs has a broker */
    public static Rehearsal connect(AmqpSettings settings) throws IOException {
        String why = "";
        for (AmqpUri uri : settings.parsedUris()) {
            try {
                ConnectionFactory factory = new ConnectionFactory();
                int patience = Math.toIntExact(settings.timing().connect().toMillis());
                factory.setAutomaticRecoveryEnabled(false);
                factory.setConnectionTimeout(patience);
                factory.setHandshakeTimeout(patience);
                factory.setChannelRpcTimeout(patience);
                uri.applyTo(factory, settings.tls());
                return new Rehearsal(factory.newConnection(settings.name() + " check"));
            } catch (IOException | TimeoutException | RuntimeException failure) {
                why = Reason.notConnected(uri, failure);
            }
        }
        throw new IOException(why);
    }

    /** What is to be said of the broker itself; null for nothing. */
    public @Nullable String advice() {
        String warning = product.warning();
        if (warning != null) {
            return warning + ".";
        }
        return product.version().advice();
    }

    /** What the broker says against a publish to {@code route}, as a sentence that says what to do; null for nothing. */
    public @Nullable String publishProblem(Route route) throws IOException {
        return publishProblem(route.exchange(), route.routingKey());
    }

    /** As above; {@code exchange} is empty for the default exchange. */
    public @Nullable String publishProblem(String exchange, String routingKey) throws IOException {
        if (!product.rabbitMq()) {
            return null;
        }
        AMQP.BasicProperties properties =
                new AMQP.BasicProperties.Builder().expiration(NO_EXPIRATION).build();
        AMQP.Channel.Close refusal = refusal(channel -> {
            channel.basicPublish(exchange, routingKey, properties, new byte[0]);
            // Publishes have no answer; this has, and by then the broker has spoken.
            channel.basicQos(1);
        });
        if (refusal == null || refusal.getReplyCode() == AMQP.PRECONDITION_FAILED) {
            return null;
        }
        String name = exchange.isEmpty() ? "amq.default" : exchange;
        return refusal.getReplyCode() == AMQP.NOT_FOUND
                ? "The exchange '" + name + "' does not exist: create it."
                : "Nothing may be published to the exchange '" + name + "' with the routing key '" + routingKey
                        + "': grant the broker's user write on it (" + refusal.getReplyText() + ").";
    }

    /** What the broker says against consuming {@code queue}, as a sentence that says what to do; null for nothing. */
    public @Nullable String consumeProblem(String queue) throws IOException {
        if (!product.rabbitMq()) {
            return null;
        }
        AMQP.Channel.Close refusal = refusal(channel ->
                channel.basicConsume(queue, false, "", false, false, NO_PRIORITY, new DefaultConsumer(channel)));
        return refusal == null || refusal.getReplyCode() == AMQP.PRECONDITION_FAILED
                ? null
                : "The queue '" + queue + "' may not be consumed: grant the broker's user read on it ("
                        + refusal.getReplyText() + ").";
    }

    /** What a node would not notice of {@code exchange} for want of rights, and which it wants; null for nothing. */
    public @Nullable String markProblem(String exchange) throws IOException {
        return !product.rabbitMq()
                        || ExchangeMarks.permanent(exchange)
                        || new ExchangeMarks().generation(connection, exchange) != null
                ? null
                : ("That the exchange '%s' was deleted and made anew would go unnoticed, with a hole that no gap tells. To notice it, grant the"
                                + " broker's user configure and read on 'sluice.mark.%s', and write on 'sluice.generation.*' and '%s'.")
                        .formatted(exchange, exchange, exchange);
    }

    /** How the stream of a rule differs from what is configured, and how that is changed; null where it does not, or is not there. */
    public @Nullable String streamProblem(Rule.Resumable source) throws IOException {
        if (product.rabbitMq() && !product.version().hasStreams()) {
            return product.name() + " has no streams, which history needs: use RabbitMQ 3.9 or later.";
        }
        if (refusal(channel -> channel.queueDeclarePassive(source.stream())) != null) {
            return null;
        }
        Map<String, Object> arguments = StreamDeclaration.arguments(source);
        AMQP.Channel.Close refusal =
                refusal(channel -> channel.queueDeclare(source.stream(), true, false, false, arguments));
        if (refusal == null || refusal.getReplyCode() != AMQP.PRECONDITION_FAILED) {
            return null;
        }
        return ("The stream '%s' is there with other retention, and is used as it is (%s). To change it: rabbitmqctl set_policy"
                        + " --apply-to queues NAME '^%s$' '{\"max-age\":\"%ds\",\"max-length-bytes\":%d}'; a segment's size is that of"
                        + " the day it was made.")
                .formatted(
                        source.stream(),
                        refusal.getReplyText(),
                        source.stream(),
                        Math.max(1, source.maxAge().toSeconds()),
                        source.maxBytes());
    }

    /** What is said of a broker that accepts no publishes, for {@code why}: one tells it, at last, to a connection that publishes. */
    public static String blockedProblem(String why) {
        return "it accepts no publishes now: " + why
                + ". Free what is short; rabbitmq-diagnostics alarms tells on which node.";
    }

    /**
     * Publishes an empty body that the default exchange drops, for only then does a broker in an alarm speak.
     *
     * @return as {@link #blockedProblem} has it; null where it accepts publishes, or where this user may not publish there
     */
    public @Nullable String alarm() throws IOException {
        CompletableFuture<String> answer = new CompletableFuture<>();
        connection.addBlockedListener(why -> answer.complete(blockedProblem(why)), () -> {});
        Channel channel = connection.createChannel();
        if (channel == null) {
            return null;
        }
        channel.basicPublish("", NOBODY, null, new byte[0]);
        var unused = channel.asyncCompletableRpc(
                        new AMQP.Basic.Qos.Builder().prefetchCount(1).build())
                .whenComplete((ok, refused) -> answer.complete(""));
        String alarm = answer.completeOnTimeout("", CLOSE_MILLIS, TimeUnit.MILLISECONDS)
                .join();
        return alarm.isEmpty() ? null : alarm;
    }

    /** Whether so many channels, one for each feed and some more, fit into a connection; null where they do. */
    public @Nullable String channelProblem(int channels) {
        int most = connection.getChannelMax();
        return most == 0 || most >= channels
                ? null
                : "The broker allows " + most + " channels in a connection, and " + channels
                        + " are needed: raise channel_max in rabbitmq.conf.";
    }

    /** Said of the heartbeat; null where it is as configured. */
    public @Nullable String heartbeatProblem(Duration configured) {
        int agreed = connection.getHeartbeat();
        return agreed > 0
                ? null
                : "The broker has turned heartbeats off, so a lost one is noticed late: set heartbeat = "
                        + configured.toSeconds() + " in rabbitmq.conf.";
    }

    @Override
    public void close() {
        connection.abort(CLOSE_MILLIS);
    }

    /**
     * Asks once more, behind all publishes: a broker in an alarm reads on from a connection until it has published, and no further.
     *
     * @throws IOException with a sentence, where it does not answer
     */
    public void answers() throws IOException {
        refusal(channel -> channel.basicQos(1));
    }

    /** Why the broker closed the channel; null where it did not. */
    private AMQP.Channel.@Nullable Close refusal(Attempt attempt) throws IOException {
        try {
            Channel channel = connection.createChannel();
            if (channel == null) {
                throw new IOException("the connection has no channel left: raise the broker's channel_max");
            }
            attempt.on(channel);
            channel.abort();
            return null;
        } catch (IOException | ShutdownSignalException failure) {
            AMQP.Channel.Close close = Reason.channelClose(failure);
            if (close == null) {
                String why = blocked;
                throw new IOException(
                        why == null ? "The broker did not answer: " + failure.getMessage() : blockedProblem(why),
                        failure);
            }
            return close;
        }
    }
}
