package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What back ends want of every node: an exclusive queue of this one, bound to the control exchange with {@code #}. It ends with its
 * connection; what is published while a node has none is not for it. All but the consumer runs on the broker's thread.
 */
final class ControlQueue {

    private static final Logger LOG = LoggerFactory.getLogger(ControlQueue.class);

    /** Messages that may wait in the broker: of more, the oldest go. */
    private static final int LENGTH = 1000;

    private static final int PREFETCH = 50;
    private static final String EVERYTHING = "#";

    private final String exchange;
    private final Consumer<byte[]> sink;
    private final Runnable lost;
    private volatile @Nullable Channel channel;
    private volatile boolean gone;
    private String queue = "";
    private @Nullable String problem;

    /**
     * @param sink called on threads of the client with one body after the other; must not block
     * @param lost is told when the queue was lost and the connection stands, on any thread
     */
    ControlQueue(String exchange, Consumer<byte[]> sink, Runnable lost) {
        this.exchange = exchange;
        this.sink = sink;
        this.lost = lost;
    }

    /** Why it does not stand; null where it does. */
    synchronized @Nullable String problem() {
        return problem;
    }

    /**
     * Makes it stand, or binds it again where it does: the exchange may be another by now.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    void check(Connection connection, Topology topology) throws IOException {
        Channel standing = channel;
        if (standing != null && !gone && standing.isOpen() && standing.getConnection() == connection) {
            String refusal = topology.rebind(queue, exchange, EVERYTHING);
            tell(refusal);
            return;
        }
        end();
        try {
            open(connection);
            tell(null);
        } catch (IOException | ShutdownSignalException failure) {
            end();
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            tell(refusal.getReplyText());
        }
    }

    private void open(Connection connection) throws IOException {
        Channel opened = connection.createChannel();
        if (opened == null) {
            throw new IOException("the connection has no channel left: raise the broker's channel_max");
        }
        gone = false;
        channel = opened;
        Map<String, Object> arguments =
                Map.of("x-queue-type", "classic", "x-max-length", LENGTH, "x-overflow", "drop-head");
        queue = opened.queueDeclare("", false, true, true, arguments).getQueue();
        opened.queueBind(queue, exchange, EVERYTHING);
        opened.basicQos(PREFETCH);
        opened.basicConsume(queue, false, new Listener(opened));
        opened.addShutdownListener(signal -> onShutdown(opened, signal));
    }

    /** Whatever it left on the connection. */
    private void end() {
        Channel ended = channel;
        channel = null;
        if (ended != null) {
            ChannelEnd.of(ended);
        }
    }

    private void onShutdown(Channel ended, ShutdownSignalException signal) {
        if (Reason.channelClose(signal) != null && !signal.isInitiatedByApplication()) {
            lost(ended);
        }
    }

    private void lost(Channel from) {
        if (from == channel) {
            gone = true;
            lost.run();
        }
    }

    private synchronized void tell(@Nullable String refusal) {
        String now = refusal == null
                ? null
                : "amqp.control: the exchange '" + exchange + "' cannot be used: " + refusal
                        + ". Create it (fanout or topic), and grant read on it and configure, write and read on amq.gen-*.";
        if (now != null && !now.equals(problem)) {
            LOG.warn("{}", now);
        }
        problem = now;
    }

    private final class Listener extends DefaultConsumer {
        Listener(Channel on) {
            super(on);
        }

        @Override
        public void handleDelivery(String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            try {
                sink.accept(body);
            } catch (RuntimeException failure) {
                LOG.error("a control message was dropped after a fault of Sluice", failure);
            }
            getChannel().basicAck(envelope.getDeliveryTag(), false);
        }

        @Override
        public void handleCancel(String tag) {
            lost(getChannel());
        }
    }
}
