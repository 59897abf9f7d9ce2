package io.sluice.gateway;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.gateway.Ledger.Entry;
import io.sluice.gateway.Ledger.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A back end that publishes a number every so often to an exchange, and waits for each confirm. When it has lost the broker, it does as
 * {@code docs/faults.md} says, and gives the streams behind the exchange a while before it goes on.
 */
final class LedgerBackEnd implements AutoCloseable {

    static final BasicProperties PROPERTIES = MessageProperties.PERSISTENT_BASIC
            .builder()
            .contentType("application/json")
            .build();

    private static final Duration STREAMS_START = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(LedgerBackEnd.class);

    private final String name;
    private final Ledger ledger;
    private final String exchange;
    private final List<String> topics;
    private final Duration every;
    private final ConnectionFactory factory = new ConnectionFactory();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final Thread thread;
    private int epoch;
    private int number;

    LedgerBackEnd(String name, Ledger ledger, String uri, String exchange, List<String> topics, Duration every) {
        this.name = name;
        this.ledger = ledger;
        this.exchange = exchange;
        this.topics = topics;
        this.every = every;
        try {
            factory.setUri(uri);
        } catch (Exception e) {
            throw new IllegalArgumentException(uri, e);
        }
        factory.setAutomaticRecoveryEnabled(false);
        factory.setRequestedHeartbeat(2);
        factory.setConnectionTimeout(2000);
        thread = new Thread(this::run, name);
        thread.start();
    }

    /** Stops, once what is under way is settled. */
    @Override
    public void close() throws InterruptedException {
        stopped.countDown();
        thread.join();
    }

    private void run() {
        try {
            while (!stopped.await(300, TimeUnit.MILLISECONDS)) {
                publishUntilDisconnected();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void publishUntilDisconnected() throws InterruptedException {
        try (Connection connection = factory.newConnection(name)) {
            Channel channel = connection.createChannel();
            channel.confirmSelect();
            epoch++;
            if (epoch > 1 && stopped.await(STREAMS_START.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
            LOG.info("{}#{} begins at {}", name, epoch, number);
            while (!stopped.await(every.toMillis(), TimeUnit.MILLISECONDS)) {
                publish(channel);
            }
        } catch (IOException | TimeoutException | ShutdownSignalException notNow) {
            return;
        }
    }

    private void publish(Channel channel) throws IOException, InterruptedException, TimeoutException {
        int id = number++;
        Entry entry = new Entry(topics.get(id % topics.size()), name + "#" + epoch, id);
        ledger.sent(entry);
        Outcome outcome = Outcome.CUT;
        try {
            channel.basicPublish(
                    exchange, entry.topic(), PROPERTIES, entry.body().getBytes(StandardCharsets.UTF_8));
            outcome = channel.waitForConfirms(25_000) ? Outcome.CONFIRMED : Outcome.REFUSED;
        } finally {
            ledger.settled(entry, outcome);
        }
    }
}
