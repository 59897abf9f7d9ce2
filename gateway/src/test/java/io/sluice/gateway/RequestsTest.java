package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A browser asks, a back end answers. */
@Timeout(120)
final class RequestsTest {

    static final String YAML = """
            insecure: true
            authentication:
              anonymous: true
              jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
            topics:
              - {match: "rpc.typed", exchange: amq.topic, contentType: text/plain}
              - {match: "rpc.#", exchange: amq.topic}
              - {match: "fill.#", exchange: amq.topic, overflow: dropOldest}
              - {match: "other.#", exchange: amq.topic}
            permissions:
              - {request: ["rpc.#"], publish: ["other.#"], subscribe: ["fill.#"]}
            limits: {publishesPerSecond: 1000, deliveryBytes: 64KiB, outboundBytes: 128KiB}
            """;

    private static Node node;
    private static BackEnd backEnd;
    private Client client;

    @BeforeAll
    static void start() throws IOException {
        backEnd = BackEnd.connect(TestBroker.shared().uri()).listen("amq.topic", "rpc.#");
        node = Node.start(YAML);
    }

    @AfterAll
    static void stop() {
        backEnd.close();
        node.close();
    }

    @BeforeEach
    void connect() {
        client = node.connect();
    }

    @AfterEach
    void disconnect() {
        client.close();
        assertThat(backEnd.waiting()).isZero();
    }

    @Test
    void theReplyComesUnderTheRequestsIdWithItsBytes() {
        try (Client alice = node.dial().bearer(Jwt.of("alice").signed()).open()) {
            alice.expect("welcome");
            alice.send("{\"op\":\"request\",\"id\":\"q\",\"topic\":\"rpc.price\",\"data\":{\"pair\":1},"
                    + "\"headers\":{\"lang\":\"en\"}}");
            Delivery request = backEnd.next();
            var properties = request.getProperties();
            assertThat(request.getBody()).asString(UTF_8).isEqualTo("{\"pair\":1}");
            assertThat(properties.getContentType()).isEqualTo("application/json");
            assertThat(properties.getReplyTo()).isNotBlank();
            assertThat(properties.getCorrelationId()).isNotBlank();
            assertThat(properties.getMessageId()).isNotBlank();
            assertThat(properties.getAppId()).isEqualTo("sluice");
            assertThat(properties.getExpiration()).isNull();
            assertThat(properties.getHeaders().get("x-sluice-user")).hasToString("alice");
            assertThat(properties.getHeaders().keySet())
                    .containsExactlyInAnyOrder(
                            "x-sluice-user", "x-sluice-session", "x-sluice-publish", "traceparent", "lang");
            backEnd.reply(request, "application/json", "{ \"price\" : 1.0e0 }".getBytes(UTF_8));
            assertThat(alice.expect("reply").text())
                    .isEqualTo("{\"op\":\"reply\",\"id\":\"q\",\"data\":{ \"price\" : 1.0e0 }}");
        }
    }

    @Test
    void aReplyIsWhateverItsTypeSays() {
        assertThat(answered("rpc.a", "text/csv", "1;2").text()).endsWith(",\"type\":\"text/csv\",\"text\":\"1;2\"}");
        assertThat(answered("rpc.a", null, "[1]").text()).endsWith(",\"data\":[1]}");
        assertThat(answered("rpc.typed", null, "[1]").text()).endsWith(",\"text\":\"[1]\"}");
        assertThat(answered("rpc.a", "image/png", "x").text()).endsWith(",\"base64\":\"eA==\"}");
    }

    @Test
    void withoutAReplyInTimeItIsATimeoutAndWhatComesLaterIsCountedAndDropped() {
        double before = node.metric("sluice_replies_dropped_total");
        assertThat(code("{\"op\":\"request\",\"topic\":\"rpc.slow\",\"data\":1,\"timeout\":200}"))
                .isEqualTo("timeout");
        backEnd.reply(backEnd.next(), null, new byte[] {'1'});
        await().until(() -> node.metric("sluice_replies_dropped_total") == before + 1);
        client.expectNothing();
        assertThat(node.metric("sluice_requests_total{result=\"timeout\",rule=\"rpc.#\"}"))
                .isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "other.a, forbidden",
        "none, no_such_topic",
        "rpc..a, invalid_topic",
        "rpc.#, invalid_topic",
    })
    void aTopicThatCannotBeAskedIsRefused(String topic, String code) {
        Received error = client.ask("{\"op\":\"request\",\"topic\":\"" + topic + "\",\"data\":1}");
        assertThat(error.json().path("code").asString()).isEqualTo(code);
        assertThat(error.json().path("topic").asString("")).isEqualTo(topic);
    }

    @Test
    void aReplyOverTheLimitIsTooLarge() {
        client.send("{\"op\":\"request\",\"id\":5,\"topic\":\"rpc.large\",\"data\":1}");
        backEnd.reply(backEnd.next(), null, new byte[65_537]);
        assertThat(client.expect("error").json().path("code").asString()).isEqualTo("too_large");
    }

    @Test
    void aSessionMayAwaitSixtyFourRepliesAndNotOneMore() {
        for (int i = 0; i < 64; i++) {
            client.send("{\"op\":\"request\",\"id\":" + (1000 + i) + ",\"topic\":\"rpc.many\",\"data\":" + i + "}");
        }
        assertThat(code("{\"op\":\"request\",\"topic\":\"rpc.many\",\"data\":64}"))
                .isEqualTo("limit_exceeded");
        try (Client other = node.connect()) {
            other.send("{\"op\":\"request\",\"id\":1,\"topic\":\"rpc.many\",\"data\":\"other\"}");
            for (int i = 0; i < 65; i++) {
                Delivery request = backEnd.next();
                backEnd.reply(request, "application/json", request.getBody());
            }
            assertThat(other.expect("reply").raw("data")).isEqualTo("\"other\"");
        }
        for (int i = 0; i < 64; i++) {
            assertThat(client.await(1000 + i).raw("data")).isEqualTo(Integer.toString(i));
        }
        assertThat(answered("rpc.many", null, "1").op()).isEqualTo("reply");
    }

    @Test
    void aReplyToASessionThatIsGoneIsCountedAndDropped() {
        double before = node.metric("sluice_replies_dropped_total");
        try (Client leaving = node.connect()) {
            leaving.send("{\"op\":\"request\",\"id\":1,\"topic\":\"rpc.gone\",\"data\":1}");
            Delivery request = backEnd.next();
            leaving.socket().abort();
            await().until(() ->
                    node.metric("sluice_connections{protocol=\"sluice.v1.json\",transport=\"websocket\"}") == 1);
            backEnd.reply(request, null, new byte[] {'1'});
            await().until(() -> node.metric("sluice_replies_dropped_total") == before + 1);
            assertThat(node.metric("sluice_requests_total{result=\"gone\",rule=\"rpc.#\"}"))
                    .isEqualTo(1);
        }
        client.expectNothing();
    }

    /** What a session does not read is bounded, replies included. */
    @Test
    void aReplyForWhichThereIsNoRoomIsDroppedAndSaidToBe() {
        try (Client slow = node.dial().reading(2).open()) {
            slow.expect("welcome");
            slow.subscribe("fill.a");
            slow.send("{\"op\":\"request\",\"id\":\"q\",\"topic\":\"rpc.unread\",\"data\":1}");
            Delivery request = backEnd.next();
            byte[] fill = ("\"" + "x".repeat(30_000) + "\"").getBytes(UTF_8);
            await().atMost(Client.PATIENCE).until(() -> {
                for (int i = 0; i < 100; i++) {
                    backEnd.channel().basicPublish("amq.topic", "fill.a", new BasicProperties(), fill);
                }
                return node.metric("sluice_messages_dropped_total{reason=\"slow\",rule=\"fill.#\"}") > 0;
            });
            backEnd.reply(request, "application/octet-stream", new byte[60_000]);
            await().until(() -> node.metric("sluice_requests_total{result=\"overflow\",rule=\"rpc.#\"}") == 1);
            slow.readOn();
            Received dropped = slow.await("error");
            assertThat(dropped.json().path("id").asString()).isEqualTo("q");
            assertThat(dropped.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(dropped.json().path("outcome").asString()).isEqualTo("unknown");
        }
    }

    private Received answered(String topic, @Nullable String type, String body) {
        client.send("{\"op\":\"request\",\"id\":77,\"topic\":\"" + topic + "\",\"text\":\"?\"}");
        backEnd.reply(backEnd.next(), type, body.getBytes(UTF_8));
        return client.await(77);
    }

    private String code(String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }
}
