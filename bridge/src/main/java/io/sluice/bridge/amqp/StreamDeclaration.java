package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;

/** Makes sure that a rule's stream is there and bound. A stream that exists with other retention is used as it is. */
final class StreamDeclaration {

    private interface Operation {
        void on(Channel channel) throws IOException;
    }

    private final Connection connection;
    private final Rule.Resumable source;

    StreamDeclaration(Connection connection, Rule.Resumable source) {
        this.connection = connection;
        this.source = source;
    }

    /**
     * Whether it was not there and is made now.
     *
     * @throws IOException the broker refuses it, or the connection is gone
     */
    boolean declare() throws IOException {
        try {
            attempt(on -> on.queueDeclarePassive(source.stream()));
            return false;
        } catch (IOException | ShutdownSignalException failure) {
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null || refusal.getReplyCode() != AMQP.NOT_FOUND || isDown(refusal)) {
                throw failure;
            }
        }
        attempt(on -> on.queueDeclare(source.stream(), true, false, false, arguments(source)));
        return true;
    }

    void bind(String bindingKey) throws IOException {
        attempt(on -> on.queueBind(source.stream(), source.exchange(), bindingKey));
    }

    /** RabbitMQ words it so for a stream that is there, and has not started yet after a restart. */
    private static boolean isDown(AMQP.Channel.Close refusal) {
        return refusal.getReplyText().contains("is down or inaccessible");
    }

    static Map<String, Object> arguments(Rule.Resumable source) {
        return Map.of(
                "x-queue-type",
                "stream",
                "x-max-age",
                Math.max(1, source.maxAge().toSeconds()) + "s",
                "x-max-length-bytes",
                source.maxBytes(),
                "x-stream-max-segment-size-bytes",
                source.segmentBytes());
    }

    private void attempt(Operation operation) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection has no channel left: raise the broker's channel_max");
        }
        operation.on(channel);
        try {
            channel.close();
        } catch (TimeoutException slow) {
            throw new IOException("no answer", slow);
        }
    }
}
