package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.sun.net.httpserver.HttpServer;
import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Spans as a collector gets them, and the contexts in which messages travel (W3C Trace Context). */
@Timeout(120)
final class TracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String PARENT = "b7ad6b7169203331";
    private static final String SAMPLED = "00-" + TRACE + "-" + PARENT + "-01";
    private static final String NOT_SAMPLED = "00-" + TRACE + "-" + PARENT + "-00";

    /** The bodies of the collector's requests. */
    private final Queue<String> exported = new ConcurrentLinkedQueue<>();

    private final AtomicInteger status = new AtomicInteger(200);
    private HttpServer collector;

    @BeforeEach
    void startACollector() throws IOException {
        collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (status.get() == 200) {
                exported.add(new String(body, StandardCharsets.UTF_8));
            }
            exchange.sendResponseHeaders(status.get(), -1);
            exchange.close();
        });
        collector.start();
    }

    @AfterEach
    void stopIt() {
        collector.stop(0);
    }

    @Test
    void aPublishInASampledTraceIsASpanAndTheBackEndStandsBelowIt() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri()).listen("amq.topic", "traced.publish");
                Node node = node(0);
                Client client = node.connect()) {
            client.ask("{\"op\":\"publish\",\"topic\":\"traced.publish\",\"headers\":{\"traceparent\":\"" + SAMPLED
                    + "\"},\"data\":1}");

            String told = traceparent(backEnd);
            assertThat(told).startsWith("00-" + TRACE + "-").endsWith("-01").isNotEqualTo(SAMPLED);
            String span = told.substring(36, 52);
            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(exported)
                            .anyMatch(batch -> batch.contains("publish traced.#")
                                    && batch.contains(TRACE)
                                    && batch.contains(PARENT)
                                    && batch.contains(span)));
        }
    }

    @Test
    void aTraceThatIsNotSampledIsPassedOnAndExportsNothing() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri()).listen("amq.topic", "traced.quiet")) {
            try (Node node = node(0);
                    Client client = node.connect()) {
                client.ask("{\"op\":\"publish\",\"topic\":\"traced.quiet\",\"headers\":{\"traceparent\":\""
                        + NOT_SAMPLED + "\"},\"data\":1}");
                client.ask("{\"op\":\"publish\",\"topic\":\"traced.quiet\",\"data\":1}");
            }
            assertThat(traceparent(backEnd)).startsWith("00-" + TRACE + "-").endsWith("-00");
            assertThat(traceparent(backEnd))
                    .as("not sampled; its id is random (W3C Trace Context, level 2)")
                    .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-02");
            assertThat(exported).isEmpty();
        }
    }

    @Test
    void aDeliveryIsASpanOfTheTraceThatTheBackEndBegan() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Node node = node(0);
                Client client = node.connect().subscribe("traced.deliver")) {
            publish(backEnd, "traced.deliver", SAMPLED);

            assertThat(traceparent(client)).isEqualTo(SAMPLED);
            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(exported)
                            .anyMatch(batch -> batch.contains("deliver traced.#")
                                    && batch.contains(TRACE)
                                    && batch.contains(PARENT)));
        }
    }

    @Test
    void aDeliveryIsASpanThoughItsRuleKeepsTheHeaderFromBrowsers() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Node node = node(0);
                Client client = node.connect().subscribe("hidden.deliver")) {
            publish(backEnd, "hidden.deliver", SAMPLED);

            assertThat(client.expect("message").text()).doesNotContain("traceparent");
            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(exported)
                            .anyMatch(batch -> batch.contains("deliver hidden.#")
                                    && batch.contains(TRACE)
                                    && batch.contains(PARENT)));
        }
    }

    @Test
    void aWorkDeliveryIsASpanWhenItIsWritten() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            try (Node node = node(0);
                    Client client = node.connect()) {
                await().atMost(Client.PATIENCE)
                        .until(() -> client.ask("{\"op\":\"subscribe\",\"topic\":\"work.traced\",\"credit\":1}")
                                .op()
                                .equals("ok"));
                publish(backEnd, "", "tracing-work", NOT_SAMPLED);
                publish(backEnd, "", "tracing-work", SAMPLED);
                long tag = client.await("message").json().path("tag").asLong();
                client.send("{\"op\":\"ack\",\"tag\":" + tag + "}");
                client.await("message");
            }
            assertThat(String.join("", exported).split("deliver work.traced", -1))
                    .as("one span, that of the trace which is sampled")
                    .hasSize(2);
            assertThat(exported).anyMatch(batch -> batch.contains(TRACE) && batch.contains(PARENT));
        }
    }

    @Test
    void aDeliveryBeginsNoTraceOfItsOwn() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            try (Node node = node(100);
                    Client client = node.connect().subscribe("traced.none")) {
                backEnd.publish("traced.none", "1");
                client.expect("message");
            }
            assertThat(exported).isEmpty();
        }
    }

    @Test
    void aContextThatCannotBeReadBeginsNoTraceAndHarmsNobody() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Node node = node(100);
                Client client = node.connect().subscribe("traced.garbled")) {
            String zeros = "00-" + "0".repeat(32) + "-" + PARENT + "-01";
            for (String garbled : List.of("", "x", SAMPLED + "x", zeros, SAMPLED.replaceFirst("00", "ff"))) {
                publish(backEnd, "traced.garbled", garbled);
                assertThat(traceparent(client)).isEqualTo(garbled);
            }
            client.expectNothing();
        }
        assertThat(exported).noneMatch(batch -> batch.contains("deliver traced.#"));
    }

    @Test
    void aCollectorThatIsAwayIsToldOnceAndNobodyWaits() {
        status.set(404);
        try (CapturedLog log = CapturedLog.open();
                Node node = node(100);
                Client client = node.connect()) {
            await().atMost(Client.PATIENCE).untilAsserted(() -> {
                assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"traced.away\",\"data\":1}")
                                .op())
                        .isIn("ok", "error");
                assertThat(log.text()).contains("takes no spans: they are dropped");
            });
            assertThat(log.noise()).hasSize(1);
        }
    }

    private static void publish(BackEnd backEnd, String topic, String traceparent) throws IOException {
        publish(backEnd, "amq.topic", topic, traceparent);
    }

    private static void publish(BackEnd backEnd, String exchange, String key, String traceparent) throws IOException {
        BasicProperties properties = new BasicProperties.Builder()
                .headers(Map.of("traceparent", traceparent))
                .build();
        backEnd.channel().basicPublish(exchange, key, properties, "1".getBytes(StandardCharsets.UTF_8));
    }

    private static String traceparent(Client client) {
        return client.expect("message")
                .json()
                .path("headers")
                .path("traceparent")
                .asString();
    }

    private static String traceparent(BackEnd backEnd) {
        return String.valueOf(backEnd.next().getProperties().getHeaders().get("traceparent"));
    }

    private Node node(int samplePercent) {
        return Node.start("""
                operations:
                  host: 127.0.0.1
                  port: 0
                  traces: {endpoint: "http://127.0.0.1:%d/v1/traces", samplePercent: %d}
                insecure: true
                authentication: {anonymous: true}
                topics:
                  - {match: "traced.#", headers: [traceparent]}
                  - {match: "hidden.#"}
                  - {match: "work.traced", queue: tracing-work, declare: true}
                permissions: [{subscribe: ["#"], publish: ["#"]}]
                """.formatted(collector.getAddress().getPort(), samplePercent));
    }
}
