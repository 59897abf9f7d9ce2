package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an operator sees of a node, and what nobody else does. */
@Timeout(120)
final class OperationsTest {

    /** Name, and the names of its labels. */
    private static final Map<String, Set<String>> CONTRACT = Map.ofEntries(
            Map.entry("sluice_connections", Set.of("transport", "protocol")),
            Map.entry("sluice_handshakes_total", Set.of("result")),
            Map.entry("sluice_closes_total", Set.of("code")),
            Map.entry("sluice_subscriptions", Set.of("rule")),
            Map.entry("sluice_messages_received_total", Set.of("rule")),
            Map.entry("sluice_messages_delivered_total", Set.of("rule")),
            Map.entry("sluice_messages_dropped_total", Set.of("rule", "reason")),
            Map.entry("sluice_publishes_total", Set.of("rule", "result")),
            Map.entry("sluice_publish_confirm_seconds_count", Set.of()),
            Map.entry("sluice_publish_confirm_seconds_bucket", Set.of("le")),
            Map.entry("sluice_delivery_seconds_count", Set.of()),
            Map.entry("sluice_delivery_seconds_bucket", Set.of("le")),
            Map.entry("sluice_publish_to_delivery_seconds_count", Set.of()),
            Map.entry("sluice_publish_to_delivery_seconds_bucket", Set.of("le")),
            Map.entry("sluice_outbound_bytes", Set.of()),
            Map.entry("sluice_broker_connected", Set.of()),
            Map.entry("sluice_broker_blocked", Set.of()),
            Map.entry("sluice_broker_reconnects_total", Set.of()),
            Map.entry("sluice_auth_failures_total", Set.of("reason")),
            Map.entry("sluice_frames_rejected_total", Set.of("violation")),
            Map.entry("sluice_event_loop_lag_seconds_count", Set.of()),
            Map.entry("jvm_memory_used_bytes", Set.of("area", "id")),
            Map.entry("netty_allocator_memory_used", Set.of("id", "allocator_type", "memory_type")));

    private static final Pattern SAMPLE = Pattern.compile("([a-z_0-9]+)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication:
                  anonymous: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics:
                  - {match: "metered.#", exchange: amq.topic}
                permissions: [{subscribe: ["#"], publish: ["metered.#"]}]
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void everyMetricOfTheContractIsThereWithItsLabels() throws IOException {
        someOfEverything();

        await().atMost(Client.PATIENCE).untilAsserted(() -> {
            Map<String, Set<String>> scraped = samples(node.operations("/metrics"));
            CONTRACT.forEach(
                    (name, labels) -> assertThat(scraped.get(name)).as(name).isEqualTo(labels));
        });
    }

    @Test
    void noLabelHasAnythingFromAClientInIt() throws IOException {
        someOfEverything();

        assertThat(node.operations("/metrics").body().lines().filter(line -> line.startsWith("sluice_")))
                .noneMatch(line -> line.contains("telltale"));
        assertThat(labelValues("rule")).isSubsetOf("metered.#", "none");
    }

    @Test
    void whatIsCountedIsWhatHappened() {
        String rule = "{rule=\"metered.#\"}";
        double received = node.metric("sluice_messages_received_total" + rule);
        double delivered = node.metric("sluice_messages_delivered_total" + rule);
        double normal = node.metric("sluice_closes_total{code=\"1000\"}");
        try (Client one = node.connect();
                Client two = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            one.subscribe("metered.*");
            two.subscribe("metered.*");
            backEnd.publish("metered.a", "1");
            backEnd.publish("metered.b", "1");
            one.expect("message");
            one.expect("message");
            two.expect("message");
            two.expect("message");
            one.socket().sendClose(1000, "").join();
            one.closed();
        }

        assertThat(node.metric("sluice_messages_received_total" + rule)).isEqualTo(received + 2);
        await().atMost(Client.PATIENCE)
                .untilAsserted(() -> assertThat(node.metric("sluice_messages_delivered_total" + rule))
                        .isEqualTo(delivered + 4));
        await().atMost(Client.PATIENCE)
                .untilAsserted(() -> assertThat(node.metric("sluice_closes_total{code=\"1000\"}"))
                        .isEqualTo(normal + 1));
        await().atMost(Client.PATIENCE)
                .untilAsserted(() ->
                        assertThat(node.metric("sluice_subscriptions" + rule)).isZero());
    }

    @Test
    void healthIsToldAsJson() {
        HttpResponse<String> live = node.operations("/health/live");
        assertThat(live.statusCode()).isEqualTo(200);
        assertThat(live.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(live.body()).isEqualTo("{\"status\":\"live\"}\n");
        assertThat(node.operations("/health/ready").body()).isEqualTo("{\"status\":\"ready\"}\n");
        assertThat(node.operations("/health/ready").statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/admin/sessions", "/admin/topics", "/ws", "/health", "/metricsx"})
    void whatIsNotThereIsNotFound(String path) {
        assertThat(node.operations(path).statusCode()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/health/live", "/health/ready", "/admin/sessions", "/", "/events"})
    void thePublicPortShowsNothingOfIt(String path) {
        HttpResponse<String> answer = node.get(path);

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(answer.body()).doesNotContain("sluice_").doesNotContain("status");
    }

    @Test
    void onlyReadingIsAnswered() throws IOException {
        try (RawSocket post = new RawSocket(node.operationsAddress())) {
            assertThat(post.send("POST /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                            .rest())
                    .startsWith("HTTP/1.1 405 ");
        }
        try (RawSocket head = new RawSocket(node.operationsAddress())) {
            assertThat(head.send("HEAD /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                            .rest())
                    .startsWith("HTTP/1.1 200 ")
                    .endsWith("\r\n\r\n");
        }
    }

    private static void someOfEverything() throws IOException {
        try (Client client = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            client.subscribe("metered.telltale.#");
            client.ask("{\"op\":\"publish\",\"topic\":\"metered.telltale\",\"data\":1}");
            client.ask("{\"op\":\"publish\",\"topic\":\"telltale\",\"data\":1}");
            client.ask("{\"op\":\"subscribe\",\"topic\":\"telltale.*\"}");
            client.send("{\"op\":\"telltale\"}");
            backEnd.publish("metered.telltale.a", "1");
            client.await("message");
            client.send("{\"op\":\"auth\",\"token\":\"telltale\"}");
            client.closed();
        }
        node.dial().header("Authorization", "Bearer telltale").refusal();
        try (RawSocket raw = new RawSocket(node.address())) {
            raw.send(RawSocket.upgrade("X-Telltale: telltale")).head();
            raw.send(new byte[] {(byte) 0x83, (byte) 0x80, 0, 0, 0, 0}).rest();
        }
    }

    private static Map<String, Set<String>> samples(HttpResponse<String> scrape) {
        Map<String, Set<String>> samples = new TreeMap<>();
        scrape.body().lines().filter(line -> !line.startsWith("#")).forEach(line -> {
            Matcher sample = SAMPLE.matcher(line);
            assertThat(sample.matches()).as(line).isTrue();
            Set<String> labels = sample.group(2) == null
                    ? Set.of()
                    : LABEL.matcher(sample.group(2))
                            .results()
                            .map(label -> label.group(1))
                            .collect(Collectors.toSet());
            samples.merge(sample.group(1), labels, OperationsTest::same);
        });
        return samples;
    }

    private static Set<String> same(Set<String> one, Set<String> other) {
        assertThat(other).isEqualTo(one);
        return one;
    }

    private static Set<String> labelValues(String name) {
        return new TreeSet<>(Arrays.asList(node.operations("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("sluice_"))
                .flatMap(line -> LABEL.matcher(line).results())
                .filter(label -> label.group(1).equals(name))
                .map(label -> label.group(2))
                .toArray(String[]::new)));
    }
}
