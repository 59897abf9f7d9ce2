package io.sluice.gateway.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class SamplePublisherTest {

    @Test
    void pricesOrdersAndNewsArriveAndGoOnAfterTheBrokerCameBack() throws Exception {
        EmbeddedBroker broker = EmbeddedBroker.start();
        try (var publisher = SamplePublisher.start(broker.uri())) {
            assertThat(publisher).isNotNull();
            Set<String> families = families(broker);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> families.containsAll(Set.of("prices", "orders", "news")));

            broker.close();
            broker = EmbeddedBroker.start(broker.port());

            Set<String> afterwards = families(broker);
            await().atMost(Duration.ofSeconds(20)).until(() -> afterwards.contains("prices"));
        } finally {
            broker.close();
        }
    }

    @Test
    void closeEndsItsThreadEvenWhereThereIsNoBroker() {
        SamplePublisher publisher = SamplePublisher.start(URI.create("amqp://127.0.0.1:1"));
        assertThat(threads()).isEqualTo(1);

        publisher.close();
        publisher.close();

        assertThat(threads()).isZero();
    }

    @Test
    void whatIsNoAmqpUriIsRefused() {
        assertThatThrownBy(() -> SamplePublisher.start(URI.create("http://localhost")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("sluice-dev-samples"))
                .count();
    }

    /** The first words of all topics that come from now on; the connection ends with the broker. */
    private static Set<String> families(EmbeddedBroker broker) throws Exception {
        var factory = new ConnectionFactory();
        factory.setUri(broker.uri());
        factory.setAutomaticRecoveryEnabled(false);
        Connection connection = factory.newConnection();
        Channel channel = connection.createChannel();
        String queue = channel.queueDeclare().getQueue();
        channel.queueBind(queue, "amq.topic", "#");
        Set<String> families = ConcurrentHashMap.newKeySet();
        channel.basicConsume(
                queue,
                true,
                (tag, delivery) ->
                        families.add(delivery.getEnvelope().getRoutingKey().split("\\.", -1)[0]),
                tag -> {});
        return families;
    }
}
