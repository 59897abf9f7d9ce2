package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The exclusive queue to which back ends answer, and its consumer on a channel of its own. Its name is the broker's, and it ends with its
 * connection. Replies are taken without acks: one that cannot be passed on is of no use to anybody else.
 */
final class ReplyQueue {

    /** Told of replies, and of the queue's end where the connection stands; on threads of the client. */
    interface Receiver {
        void replied(@Nullable String correlationId, AMQP.BasicProperties properties, byte[] body);

        void lost(ReplyQueue queue, String reason);
    }

    /** Replies that may wait in the broker: those of a back end that answers more than it was asked go. */
    private static final int LENGTH = 10_000;

    private final Channel channel;
    private final String name;
    private final Receiver receiver;

    private ReplyQueue(Channel channel, String name, Receiver receiver) {
        this.channel = channel;
        this.name = name;
        this.receiver = receiver;
    }

    /**
     * Declares and consumes it.
     *
     * @throws IOException it is refused, or the connection is gone; with the cause that {@link Reason#channelClose} looks for
     */
    static ReplyQueue open(Connection connection, Receiver receiver) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection has no channel left: raise the broker's channel_max");
        }
        try {
            Map<String, Object> arguments =
                    Map.of("x-queue-type", "classic", "x-max-length", LENGTH, "x-overflow", "drop-head");
            String name = channel.queueDeclare("", false, true, true, arguments).getQueue();
            ReplyQueue queue = new ReplyQueue(channel, name, receiver);
            channel.basicConsume(name, true, queue.new Consumer());
            channel.addShutdownListener(queue::onShutdown);
            return queue;
        } catch (IOException | ShutdownSignalException failure) {
            ChannelEnd.of(channel);
            throw failure;
        }
    }

    /** As back ends see it in {@code reply-to}. */
    String name() {
        return name;
    }

    /** Closes the channel, and with it the queue. Any thread. */
    void end() {
        ChannelEnd.of(channel);
    }

    private void onShutdown(ShutdownSignalException signal) {
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null && !signal.isInitiatedByApplication()) {
            receiver.lost(this, close.getReplyText());
        }
    }

    private final class Consumer extends DefaultConsumer {
        Consumer() {
            super(channel);
        }

        @Override
        public void handleDelivery(
                String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
            receiver.replied(properties.getCorrelationId(), properties, body);
        }

        @Override
        public void handleCancel(String consumerTag) {
            receiver.lost(ReplyQueue.this, "it was deleted");
        }
    }
}
