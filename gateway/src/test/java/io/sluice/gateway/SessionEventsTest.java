package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Delivery;
import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Back ends hear of the comings and goings of sessions; the log does where it is told to. */
@Timeout(120)
final class SessionEventsTest {

    private static final String DROPPED = "sluice_events_dropped_total";

    private static final String YAML = """
            amqp: {uris: ["${AMQP}"], events: events-test}
            """ + Node.ANYBODY + """
            topics: [{match: "#"}]
            permissions: [{subscribe: ["#"], publish: ["#"]}]
            """;

    @Test
    void connectSubscribeUnsubscribeAndDisconnectAreToldAsCloudEvents() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            BlockingQueue<Delivery> events = events(backEnd, "session.#");
            try (Node node = Node.start(YAML)) {
                Client alice = node.dial()
                        .bearer(Jwt.of("events-alice").signed())
                        .header("Origin", "https://shop.example")
                        .open();
                String id = alice.expect("welcome").json().path("session").asString();
                alice.subscribe("events.a.*");
                alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"events.a.*\"}");
                alice.ask("{\"op\":\"unsubscribe\",\"topic\":\"events.never\"}");
                alice.socket().sendClose(1000, "").join();

                JsonNode connect = next(events, "session.connect");
                assertThat(connect.path("specversion").asString()).isEqualTo("1.0");
                assertThat(connect.path("source").asString()).startsWith("/sluice/");
                assertThat(connect.path("subject").asString()).isEqualTo(id);
                assertThat(Instant.parse(connect.path("time").asString())).isBefore(Instant.now());
                assertThat(connect.path("data").path("session").asString()).isEqualTo(id);
                assertThat(connect.path("data").path("user").asString()).isEqualTo("events-alice");
                assertThat(connect.path("data").path("issuer").asString()).isEqualTo("tests");
                assertThat(connect.path("data").path("origin").asString()).isEqualTo("https://shop.example");
                JsonNode subscribe = next(events, "session.subscribe");
                assertThat(subscribe.path("data").path("topic").asString()).isEqualTo("events.a.*");
                assertThat(subscribe.path("id")).isNotEqualTo(connect.path("id"));
                assertThat(next(events, "session.unsubscribe")
                                .path("data")
                                .path("topic")
                                .asString())
                        .isEqualTo("events.a.*");
                JsonNode disconnect = next(events, "session.disconnect");
                assertThat(disconnect.path("data").path("code").asInt()).isEqualTo(1000);
                assertThat(disconnect.path("data").path("durationMillis").asLong())
                        .isNotNegative();
                assertThat(events).isEmpty();
            }
        }
    }

    @Test
    void withoutTheExchangeEventsAreDroppedAndCountedAndNobodyWaits() throws IOException {
        try (Node node = Node.start(YAML.replace("events-test", "events-missing"))) {
            try (Client client = node.connect()) {
                client.subscribe("events.missing");
                client.ask("{\"op\":\"publish\",\"topic\":\"events.missing\",\"data\":1}");
                await().atMost(Client.PATIENCE).untilAsserted(() -> {
                    client.ask("{\"op\":\"unsubscribe\",\"topic\":\"events.missing\"}");
                    client.ask("{\"op\":\"subscribe\",\"topic\":\"events.missing\"}");
                    assertThat(node.metric("sluice_events_dropped_total")).isPositive();
                });
            }
        }
    }

    /** RabbitMQ blocks a connection when it publishes: the first events of the alarm are on their way for as long as it lasts. */
    @Test
    void whileTheBrokerTakesNoPublishesEventsAreDroppedAndCountedAndNobodyWaits() throws Exception {
        TestBroker broker = OwnBroker.running();
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            BlockingQueue<Delivery> events = events(backEnd, "session.#");
            try (Node node = Node.start(
                            broker,
                            YAML.replace("topics: [{match: \"#\"}]", "topics: [{match: \"#\", exchange: amq.topic}]"));
                    Client standing = node.connect()) {
                standing.subscribe("events.alarm");
                next(events, "session.connect");
                next(events, "session.subscribe");
                String letters = BrokerAwayTest.letterFor("events.alarm", backEnd);
                broker.memoryAlarm(true);
                try {
                    await().atMost(Client.PATIENCE).until(() -> {
                        node.connect().close();
                        return node.metric(DROPPED) > 0;
                    });
                    standing.await("blocked");
                    double before = node.metric(DROPPED);
                    for (int i = 0; i < 50; i++) {
                        try (Client visitor = node.connect()) {
                            visitor.subscribe("events.visited").await("blocked");
                        }
                    }
                    await().atMost(Client.PATIENCE).until(() -> node.metric(DROPPED) >= before + 150);
                    BrokerAwayTest.deadLetter(letters, backEnd);
                    assertThat(standing.await("message").raw("data")).isEqualTo("\"dead\"");
                } finally {
                    broker.memoryAlarm(false);
                }
                standing.await("unblocked");
                double after = node.metric(DROPPED);
                try (Client late = node.connect()) {
                    late.subscribe("events.after");
                    await().atMost(Client.PATIENCE)
                            .until(() -> events.stream()
                                    .anyMatch(event -> new String(event.getBody(), UTF_8).contains("events.after")));
                    assertThat(node.metric(DROPPED)).isEqualTo(after);
                }
                assertThat(events)
                        .as("those of the visitors are gone for good")
                        .noneMatch(event -> new String(event.getBody(), UTF_8).contains("events.visited"));
                standing.expectNothing();
            }
        }
    }

    @Test
    void aSessionThatEndsIsALineOfTheAccessLog() {
        try (CapturedLog log = CapturedLog.open();
                Node node = Node.start("""
                        operations: {host: 127.0.0.1, port: 0, accessLog: true}
                        """ + Node.OPEN)) {
            Client client = node.dial().header("Origin", "https://shop.example").open();
            String id = client.expect("welcome").json().path("session").asString();
            client.ask("{\"op\":\"ping\"}");
            client.socket().sendClose(1000, "").join();
            client.closed();

            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(log.text())
                            .contains(id + " anonymous 127.0.0.1 https://shop.example sluice.v1.json 1000 ")
                            .contains("received 1, delivered 0, dropped 0"));
        }
    }

    private static BlockingQueue<Delivery> events(BackEnd backEnd, String bindingKey) throws IOException {
        BlockingQueue<Delivery> events = new LinkedBlockingQueue<>();
        backEnd.channel().exchangeDeclare("events-test", "topic", false, false, null);
        String queue = backEnd.channel().queueDeclare().getQueue();
        backEnd.channel().queueBind(queue, "events-test", bindingKey);
        backEnd.channel().basicConsume(queue, true, (tag, delivery) -> events.add(delivery), tag -> {});
        return events;
    }

    private static JsonNode next(BlockingQueue<Delivery> events, String what) throws InterruptedException {
        Delivery event = events.poll(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(event).as(what).isNotNull();
        assertThat(event.getEnvelope().getRoutingKey()).isEqualTo(what);
        assertThat(event.getProperties().getContentType()).isEqualTo("application/cloudevents+json; charset=utf-8");
        JsonNode json = JsonMapper.shared().readTree(event.getBody());
        assertThat(json.path("type").asString()).isEqualTo("io.sluice." + what);
        return json;
    }
}
