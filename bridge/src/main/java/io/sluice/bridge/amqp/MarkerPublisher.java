package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes markers, on the connection that publishes: on the other one an alarm would stop the deliveries. It has a thread of its own, since a
 * write may block for as long as the broker takes nothing. Whether a marker arrived is seen by reading it, so there are no confirms.
 */
final class MarkerPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(MarkerPublisher.class);

    private final Link link;
    private final BooleanSupplier blocked;
    private final SerialThread thread;
    /** Streams for which one is under way: no more than one each, however long a write blocks. */
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();

    private volatile @Nullable String refusal;
    private @Nullable Channel channel;

    MarkerPublisher(Link link, BooleanSupplier blocked, SerialThread thread) {
        this.link = link;
        this.blocked = blocked;
        this.thread = thread;
    }

    /** Whether the broker takes no publishes, so that no marker can be written. */
    boolean blocked() {
        return blocked.getAsBoolean();
    }

    /** Why the broker refused the last one; null where it did not. */
    @Nullable
    String refusal() {
        return refusal;
    }

    /** Writes one, unless that cannot be done now. Any thread; never blocks. */
    void publish(String stream, MarkerBits bits) {
        if (!blocked() && underWay.add(stream)) {
            thread.run(() -> {
                underWay.remove(stream);
                write(stream, bits);
            });
        }
    }

    private void write(String stream, MarkerBits bits) {
        try {
            Channel open = openChannel();
            if (open != null && !blocked()) {
                open.basicPublish("", stream, bits.properties(), new byte[0]);
            }
        } catch (IOException | ShutdownSignalException failure) {
            LOG.debug("no marker for {}: {}", stream, failure.getMessage());
        }
    }

    private @Nullable Channel openChannel() throws IOException {
        Connection connection = link.connection();
        if (connection == null) {
            return null;
        }
        if (channel == null || !channel.isOpen() || channel.getConnection() != connection) {
            channel = connection.createChannel();
            refusal = null;
            if (channel != null) {
                channel.addShutdownListener(this::ended);
            }
        }
        return channel;
    }

    private void ended(ShutdownSignalException signal) {
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null && !signal.isInitiatedByApplication()) {
            refusal = close.getReplyText();
        }
    }
}
