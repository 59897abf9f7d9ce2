package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What stands on the other side of the broker: a plain AMQP client that knows nothing of Sluice. */
final class BackEnd implements AutoCloseable {

    final Channel channel;
    final Connection connection;

    BackEnd(TestBroker node) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(node.uri());
        factory.setAutomaticRecoveryEnabled(false);
        connection = factory.newConnection();
        channel = connection.createChannel();
    }

    BackEnd exchange(String name) throws Exception {
        channel.exchangeDeclare(name, "topic", true);
        return this;
    }

    void publish(String exchange, String key, String body) throws Exception {
        publish(exchange, key, new AMQP.BasicProperties(), body.getBytes(StandardCharsets.UTF_8));
    }

    void publish(String exchange, String key, AMQP.BasicProperties properties, byte[] body) throws Exception {
        channel.basicPublish(exchange, key, properties, body);
    }

    /** Deliveries of a queue of its own, bound to the exchange. */
    BlockingQueue<Delivery> bound(String exchange, String bindingKey) throws Exception {
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, exchange, bindingKey);
        return consume(queue);
    }

    BlockingQueue<Delivery> consume(String queue) throws Exception {
        BlockingQueue<Delivery> received = new LinkedBlockingQueue<>();
        channel.basicConsume(queue, true, (tag, delivery) -> received.add(delivery), tag -> {});
        return received;
    }

    /** A durable queue that takes one message and nacks the next. */
    String refusingQueue(String name) throws Exception {
        Map<String, Object> arguments = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
        return channel.queueDeclare(name, true, false, false, arguments).getQueue();
    }

    static Delivery next(BlockingQueue<Delivery> received) throws InterruptedException {
        Delivery next = received.poll(10, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no message within 10 s");
        }
        return next;
    }

    @Override
    public void close() throws Exception {
        if (connection.isOpen()) {
            connection.close(2_000);
        }
    }
}
