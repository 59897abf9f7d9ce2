package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What stands behind the broker: an AMQP client that knows nothing of Sluice. What it publishes is confirmed before it goes on. */
final class BackEnd implements AutoCloseable {

    private final Connection connection;
    private final Channel channel;
    private final BlockingQueue<Delivery> received = new LinkedBlockingQueue<>();

    private BackEnd(Connection connection) throws IOException {
        this.connection = connection;
        channel = connection.createChannel();
        channel.confirmSelect();
    }

    static BackEnd connect(String uri) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setAutomaticRecoveryEnabled(false);
        try {
            factory.setUri(uri);
            return new BackEnd(factory.newConnection());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TimeoutException | URISyntaxException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    Channel channel() {
        return channel;
    }

    BackEnd exchange(String name) throws IOException {
        channel.exchangeDeclare(name, "topic", false, true, null);
        return this;
    }

    /** Receives what comes to {@code exchange} under {@code bindingKey}. */
    BackEnd listen(String exchange, String bindingKey) throws IOException {
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, exchange, bindingKey);
        channel.basicConsume(queue, true, (tag, delivery) -> received.add(delivery), tag -> {});
        return this;
    }

    /** A body with no properties at all. */
    void publish(String topic, String body) {
        publish(topic, null, body.getBytes(UTF_8));
    }

    void publish(String topic, @Nullable String contentType, byte[] body) {
        publish(
                "amq.topic",
                topic,
                new BasicProperties.Builder().contentType(contentType).build(),
                body);
    }

    void publish(String exchange, String topic, BasicProperties properties, byte[] body) {
        try {
            channel.basicPublish(exchange, topic, properties, body);
            channel.waitForConfirmsOrDie(Client.PATIENCE.toMillis());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new AssertionError("the broker did not confirm", e);
        }
    }

    /** The next message that came. */
    Delivery next() {
        try {
            Delivery next = received.poll(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("nothing came over AMQP");
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String nextBody() {
        return new String(next().getBody(), UTF_8);
    }

    /** Answers a request, as in any AMQP RPC: to its {@code reply-to}, with its {@code correlation-id}. */
    void reply(Delivery request, @Nullable String contentType, byte[] body) {
        BasicProperties properties = new BasicProperties.Builder()
                .correlationId(request.getProperties().getCorrelationId())
                .contentType(contentType)
                .build();
        publish("", request.getProperties().getReplyTo(), properties, body);
    }

    /** How many messages wait here. */
    int waiting() {
        return received.size();
    }

    @Override
    public void close() {
        connection.abort(2_000);
    }
}
