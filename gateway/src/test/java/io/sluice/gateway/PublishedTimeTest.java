package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import java.util.Date;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The time from a publisher to the sockets, by what the message itself says. */
@Timeout(120)
@SuppressWarnings("JavaUtilDate") // the client's type for an AMQP timestamp
final class PublishedTimeTest {

    private static final String METRIC = "sluice_publish_to_delivery_seconds";
    private static final long HOUR = 3_600_000;

    private Node node;
    private Client client;
    private BackEnd backEnd;

    @BeforeEach
    void start() throws Exception {
        backEnd = BackEnd.connect(TestBroker.shared().uri());
        backEnd.channel().queueDeclare("published-work", false, false, true, null);
        node = Node.start("""
                insecure: true
                authentication: {anonymous: true}
                topics:
                  - {match: "published.work", queue: published-work}
                  - {match: "published.kept.#", history: {stream: published.history, maxBytes: 4MiB}}
                  - {match: "published.#"}
                permissions: [{subscribe: ["published.#", "published.work", "published.kept.#"], publish: ["#"]}]
                """);
        client = node.connect();
        client.subscribe("published.*");
    }

    @AfterEach
    void stop() throws Exception {
        client.close();
        node.close();
        backEnd.channel().queueDelete("published.history");
        backEnd.close();
    }

    @Test
    void aMessageIsCountedBySinceWhenItsHeaderSaysItWasPublished() {
        publish(withHeader(now() - 1500));

        counted(1);
        assertThat(upTo("1.0")).isZero();
        assertThat(upTo("2.5")).isEqualTo(1);
        assertThat(node.metric(METRIC + "_sum")).isBetween(1.5, 2.5);
    }

    @Test
    void thePropertyCountsWhereThereIsNoHeader() {
        publish(new BasicProperties.Builder().timestamp(new Date(now() - 4000)).build());

        counted(1);
        assertThat(upTo("2.5")).isZero();
        assertThat(upTo("10.0")).isEqualTo(1);
    }

    @Test
    void theHeaderIsFinerThanThePropertyAndGoesBeforeIt() {
        publish(withHeader(now() - 1500)
                .builder()
                .timestamp(new Date(now() - 4000))
                .build());

        counted(1);
        assertThat(upTo("2.5")).isEqualTo(1);
    }

    @Test
    void ofAPublishOfABrowserThePropertyCountsAndNotTheHeaderThatItMaySet() {
        client.ask("{\"op\":\"publish\",\"topic\":\"published.a\",\"data\":1,\"headers\":{\"timestamp_in_ms\":"
                + (now() - 30_000) + "}}");
        client.await("message");

        counted(1);
        assertThat(upTo("2.5")).isEqualTo(1);
    }

    @Test
    void aPublisherWhoseClockIsAheadTookNoTime() {
        publish(withHeader(now() + HOUR / 2));

        counted(1);
        assertThat(upTo("1.0E-4")).isEqualTo(1);
        assertThat(node.metric(METRIC + "_sum")).isZero();
    }

    @Test
    void withoutATimeNothingIsCounted() {
        publish(new BasicProperties());
        publish(new BasicProperties.Builder()
                .headers(Map.of("timestamp_in_ms", "now"))
                .build());

        onlyTheNextIsCounted();
    }

    @ParameterizedTest
    @ValueSource(longs = {2 * HOUR, -2 * HOUR, 500_000 * HOUR, Long.MAX_VALUE, Long.MIN_VALUE})
    void whatIsOldAndPublishedAnewOrNoTimeAtAllIsNotCounted(long ago) {
        publish(withHeader(now() - ago));

        onlyTheNextIsCounted();
    }

    @Test
    void whatIsReadFromAHistoryIsNotCounted() {
        publish("published.kept.a", withHeader(now() - 1500));
        client.ask("{\"op\":\"subscribe\",\"topic\":\"published.kept.*\",\"from\":\"first\"}");
        client.await("message");

        onlyTheNextIsCounted();
    }

    @Test
    void whatWaitsInAWorkQueueIsNotCounted() {
        client.ask("{\"op\":\"subscribe\",\"topic\":\"published.work\"}");
        backEnd.publish("", "published-work", withHeader(now() - 1500), "1".getBytes(UTF_8));
        client.await("message");

        onlyTheNextIsCounted();
    }

    private void onlyTheNextIsCounted() {
        publish(withHeader(now() - 1500));
        counted(1);
        assertThat(upTo("2.5")).isEqualTo(1);
    }

    private void publish(BasicProperties properties) {
        publish("published.a", properties);
        client.await("message");
    }

    private void publish(String topic, BasicProperties properties) {
        backEnd.publish("amq.topic", topic, properties, "1".getBytes(UTF_8));
    }

    private void counted(int messages) {
        await().atMost(Client.PATIENCE).until(() -> node.metric(METRIC + "_count") >= messages);
        assertThat(node.metric(METRIC + "_count")).isEqualTo(messages);
    }

    private double upTo(String seconds) {
        return node.metric(METRIC + "_bucket{le=\"" + seconds + "\"}");
    }

    private static BasicProperties withHeader(long millis) {
        return new BasicProperties.Builder()
                .headers(Map.of("timestamp_in_ms", millis))
                .build();
    }

    private static long now() {
        return System.currentTimeMillis();
    }
}
