package io.sluice.gateway.dev;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes {@link SampleEvents} to {@code amq.topic}, as back ends would: about ten prices a second, an order's step every 1.3 s, a
 * headline every 9 s. Not mandatory and not confirmed: what nobody is subscribed to is gone. While the broker is away it
 * tries again every second. One daemon thread, and the AMQP client's.
 */
public final class SamplePublisher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(SamplePublisher.class);
    private static final String EXCHANGE = "amq.topic";
    private static final Duration TICK = Duration.ofMillis(1000 / SampleEvents.TICKS_PER_SECOND);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int CLOSE_TIMEOUT_MILLIS = 1000;

    private final ConnectionFactory connections;
    private final SampleEvents events = new SampleEvents(new Random(new SecureRandom().nextLong()), Clock.systemUTC());
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private SamplePublisher(ConnectionFactory connections) {
        this.connections = connections;
        this.thread = new Thread(this::run, "sluice-dev-samples");
        thread.setDaemon(true);
    }

    /**
     * Begins to publish and returns at once; the broker need not be there yet.
     *
     * @param amqp {@code amqp://user:password@host:port/vhost}; with {@code amqps:} the server's certificate is verified
     * @throws IllegalArgumentException if it is no such URI
     */
    public static SamplePublisher start(URI amqp) {
        var publisher = new SamplePublisher(factory(amqp));
        publisher.thread.start();
        return publisher;
    }

    /** Stops, and returns when the thread has ended, at the latest after two seconds. Idempotent. */
    @Override
    public void close() {
        closed.countDown();
        thread.interrupt();
        try {
            thread.join(2L * CLOSE_TIMEOUT_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ConnectionFactory factory(URI amqp) {
        var factory = new ConnectionFactory();
        try {
            factory.setUri(amqp);
            if (factory.isSSL()) {
                factory.useSslProtocol(SSLContext.getDefault()); // the URI alone would trust every certificate
                factory.enableHostnameVerification();
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("Not an AMQP URI: expected amqp://user:password@host:5672/vhost", e);
        }
        factory.setAutomaticRecoveryEnabled(false);
        factory.setConnectionTimeout(5000);
        factory.setThreadFactory(task -> {
            var thread = new Thread(task, "sluice-dev-samples-amqp");
            thread.setDaemon(true);
            return thread;
        });
        return factory;
    }

    private void run() {
        try {
            do {
                publishUntilDisconnected();
            } while (!closed.await(RETRY.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishUntilDisconnected() throws InterruptedException {
        Connection connection = null;
        try {
            connection = connections.newConnection("sluice dev samples");
            Channel channel = connection.createChannel();
            do {
                for (SampleEvents.Event event : events.next()) {
                    channel.basicPublish(EXCHANGE, event.topic(), properties(event), event.body());
                }
            } while (!closed.await(TICK.toMillis(), TimeUnit.MILLISECONDS));
        } catch (IOException | TimeoutException | AlreadyClosedException e) {
            LOG.debug("No sample events for now: {}", e.toString());
        } finally {
            if (connection != null) {
                connection.abort(CLOSE_TIMEOUT_MILLIS);
            }
        }
    }

    private static AMQP.BasicProperties properties(SampleEvents.Event event) {
        return new AMQP.BasicProperties.Builder()
                .contentType(event.contentType())
                .deliveryMode(1)
                .timestamp(Date.from(Instant.now()))
                .appId("sluice-dev-samples")
                .build();
    }
}
