package io.sluice.bench.server;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Publishes to {@code amq.topic}, as a back end does, with no properties. */
final class AmqpPublisher implements Publisher {

    private static final @Nullable BasicProperties NO_PROPERTIES = null;

    private final Connection connection;
    private final Channel channel;

    AmqpPublisher(Broker broker) throws IOException {
        connection = broker.connect();
        channel = connection.createChannel();
    }

    @Override
    public void publish(String topic, byte[] body) throws IOException {
        channel.basicPublish("amq.topic", topic, NO_PROPERTIES, body);
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }
}
