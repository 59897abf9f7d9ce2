package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what is nice to know: from a queue and a thread of its own, with no confirm, and not at all where that would make anybody
 * wait. What cannot be published is dropped and counted.
 */
public final class EventPublisher {

    private static final Logger LOG = LoggerFactory.getLogger(EventPublisher.class);

    /** Events that may wait to be published. */
    private static final int WAITING = 10_000;

    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    private static final int PERSISTENT = 2;

    private final String exchange;
    private final Link link;
    private final BooleanSupplier blocked;
    private final Runnable dropped;
    private final ThreadPoolExecutor executor;
    private final Pace channels;
    private @Nullable Channel channel;
    private volatile @Nullable String refusal;

    /** @param dropped told of each event that is dropped, on any thread */
    EventPublisher(
            String exchange,
            Link link,
            BooleanSupplier blocked,
            BridgeThreads threads,
            Pace channels,
            Runnable dropped) {
        this.exchange = exchange;
        this.link = link;
        this.blocked = blocked;
        this.channels = channels;
        this.dropped = dropped;
        executor = new ThreadPoolExecutor(
                1,
                1,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                task -> threads.newThread("sluice-events", task));
    }

    /** Takes one event. Any thread; never blocks. The body is not to be written to afterwards. */
    public void publish(String routingKey, String contentType, byte[] body) {
        if (link.connection() == null || blocked.getAsBoolean()) {
            dropped.run();
            return;
        }
        try {
            executor.execute(() -> send(routingKey, contentType, body));
        } catch (RejectedExecutionException full) {
            dropped.run();
        }
    }

    /** Publishes what waits, for a second at most. */
    void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS)) {
                executor.shutdownNow().forEach(event -> dropped.run());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void send(String routingKey, String contentType, byte[] body) {
        try {
            Channel open = openChannel();
            if (open != null && !blocked.getAsBoolean()) {
                AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                        .contentType(contentType)
                        .deliveryMode(PERSISTENT)
                        .appId("sluice")
                        .build();
                open.basicPublish(exchange, routingKey, properties, body);
                return;
            }
        } catch (IOException | ShutdownSignalException failure) {
            LOG.debug("no event: {}", failure.getMessage());
        }
        dropped.run();
    }

    /** A channel that the broker closed is replaced after a while: the exchange may be there by then. */
    private @Nullable Channel openChannel() throws IOException {
        Connection connection = link.connection();
        if (connection == null) {
            return null;
        }
        boolean stands = channel != null && channel.isOpen() && channel.getConnection() == connection;
        if (!stands && channels.allows()) {
            channel = connection.createChannel();
            if (channel != null) {
                channel.addShutdownListener(this::ended);
            }
            return channel;
        }
        return stands ? channel : null;
    }

    private void ended(ShutdownSignalException signal) {
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null
                && !signal.isInitiatedByApplication()
                && !close.getReplyText().equals(refusal)) {
            refusal = close.getReplyText();
            LOG.warn(
                    "amqp.events: events are dropped: {}. Create the exchange '{}', and grant write on it.",
                    refusal,
                    exchange);
        }
    }
}
