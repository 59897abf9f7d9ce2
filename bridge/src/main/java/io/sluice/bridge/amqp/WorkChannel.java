package io.sluice.bridge.amqp;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channel that the consumers of one work queue share. On one thread at a time: the broker's until it is known to others, then the
 * command thread. An ack or a nack that cannot be sent is none: with its channel the message has gone back to the queue.
 */
final class WorkChannel {

    private static final Logger LOG = LoggerFactory.getLogger(WorkChannel.class);

    private final Channel channel;
    private final String queue;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private int prefetch;

    WorkChannel(Channel channel, String queue) {
        this.channel = channel;
        this.queue = queue;
    }

    Channel channel() {
        return channel;
    }

    Connection connection() {
        return channel.getConnection();
    }

    /**
     * Lets {@code consumer} have {@code credit} messages at once; gives its tag. In RabbitMQ a prefetch is that of the consumers to come.
     *
     * @throws IOException it is refused, and the channel is closed; or the connection is gone
     */
    String consume(WorkConsumer consumer, int credit) throws IOException {
        if (credit != prefetch) {
            channel.basicQos(credit);
            prefetch = credit;
        }
        return channel.basicConsume(queue, false, consumer);
    }

    /** Nothing more comes to this consumer when this returns; what it has stays out, since its channel goes on. */
    void cancel(String consumerTag) {
        attempt(() -> channel.basicCancel(consumerTag));
    }

    void ack(long deliveryTag) {
        attempt(() -> channel.basicAck(deliveryTag, false));
    }

    void nack(long deliveryTag, boolean requeue) {
        attempt(() -> channel.basicNack(deliveryTag, false, requeue));
    }

    /** Whether this is the first time that the broker is seen to cancel consumers here. Any thread. */
    boolean noteCancelled() {
        return cancelled.compareAndSet(false, true);
    }

    /** Closes it; whatever is out goes back to the queue. Any thread. */
    void end() {
        ChannelEnd.of(channel);
    }

    private interface Command {
        void run() throws IOException;
    }

    private void attempt(Command command) {
        try {
            command.run();
        } catch (IOException | ShutdownSignalException gone) {
            LOG.debug("channel of the queue {}: {}", queue, gone.toString());
        }
    }
}
