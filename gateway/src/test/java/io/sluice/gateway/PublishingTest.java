package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Delivery;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** From the browser to AMQP: what arrives there, and how each publish is answered. */
@Timeout(120)
final class PublishingTest {

    private static final String EXCHANGE = "publishing-test";

    private static Node node;
    private static BackEnd backEnd;
    private Client client;

    @BeforeAll
    static void start() throws IOException {
        backEnd = BackEnd.connect(TestBroker.shared().uri()).exchange(EXCHANGE).listen(EXCHANGE, "in.#");
        node = Node.start("""
                insecure: true
                authentication:
                  anonymous: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics:
                  - {match: "in.transient.#", exchange: publishing-test, persistent: false}
                  - {match: "missing.#", exchange: publishing-test-missing}
                  - {match: "in.#", exchange: publishing-test}
                  - {match: "out.#", exchange: publishing-test}
                permissions:
                  - {publish: ["in.#", "out.#", "missing.#"]}
                limits: {publishesPerSecond: 1000}
                """);
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
    void anAnonymousPublishArrivesWithWhatTheContractNamesAndNothingElse() {
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        String session;
        try (Client fresh = node.dial().open()) {
            session = fresh.expect("welcome").json().path("session").asString();
            assertThat(fresh.ask("{\"op\":\"publish\",\"topic\":\"in.a\",\"data\":{\"n\":1}}")
                            .text())
                    .isEqualTo("{\"op\":\"ok\",\"id\":1}");
        }

        Delivery delivery = backEnd.next();
        var properties = delivery.getProperties();
        assertThat(delivery.getEnvelope().getExchange()).isEqualTo(EXCHANGE);
        assertThat(delivery.getEnvelope().getRoutingKey()).isEqualTo("in.a");
        assertThat(delivery.getBody()).asString(UTF_8).isEqualTo("{\"n\":1}");
        assertThat(properties.getContentType()).isEqualTo("application/json");
        assertThat(properties.getMessageId()).isNotBlank();
        assertThat(properties.getTimestamp().toInstant()).isBetween(before, Instant.now());
        assertThat(properties.getAppId()).isEqualTo("sluice");
        assertThat(properties.getDeliveryMode()).isEqualTo(2);
        assertThat(properties.getHeaders().get("x-sluice-session")).hasToString(session);
        assertThat(properties.getHeaders()).containsKey("x-sluice-publish").doesNotContainKey("x-sluice-user");
        assertThat(properties.getHeaders().keySet())
                .containsExactlyInAnyOrder("x-sluice-session", "x-sluice-publish", "traceparent");
        assertThat(properties.getExpiration()).isNull();
        assertThat(properties.getReplyTo()).isNull();
        assertThat(properties.getCorrelationId()).isNull();
        assertThat(properties.getContentEncoding()).isNull();
        assertThat(properties.getPriority()).isNull();
        assertThat(properties.getType()).isNull();
        assertThat(properties.getUserId()).isNull();
        assertThat(properties.getClusterId()).isNull();
    }

    @Test
    void whatTheClientMaySayOfAMessageArrivesToo() {
        String traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        try (Client alice = node.dial().bearer(Jwt.of("alice").signed()).open()) {
            alice.expect("welcome");
            assertThat(alice.ask("{\"op\":\"publish\",\"topic\":\"in.b\",\"text\":\"hi\",\"type\":\"text/csv\","
                                    + "\"key\":\"k-1\",\"ttl\":60000,\"headers\":{\"s\":\"v\",\"n\":7,\"d\":1.5,\"b\":true,"
                                    + "\"traceparent\":\"" + traceparent + "\"}}")
                            .op())
                    .isEqualTo("ok");
        }

        Delivery delivery = backEnd.next();
        var properties = delivery.getProperties();
        assertThat(properties.getContentType()).isEqualTo("text/csv");
        assertThat(properties.getMessageId()).isEqualTo("k-1");
        assertThat(properties.getExpiration()).isEqualTo("60000");
        Map<String, Object> headers = properties.getHeaders();
        assertThat(headers.get("x-sluice-user")).hasToString("alice");
        assertThat(headers.get("s")).hasToString("v");
        assertThat(headers.get("n")).isEqualTo(7L);
        assertThat(headers.get("d")).isEqualTo(1.5);
        assertThat(headers.get("b")).isEqualTo(true);
        assertThat(headers.get("traceparent")).hasToString(traceparent);
        assertThat(headers)
                .containsOnlyKeys(
                        "x-sluice-user", "x-sluice-session", "x-sluice-publish", "s", "n", "d", "b", "traceparent");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                " { \"a\" : [ 1.0e5 , 12345678901234567890 ] } ",
                "\"\\u00e4\\/\\ud83d\\ude00 \u00e4\"",
                "-0.00",
                "null"
            })
    void dataArrivesWithItsBytesUnchanged(String data) {
        client.send("{\"op\":\"publish\",\"topic\":\"in.bytes\",\"data\":" + data + ",\"id\":9}");

        assertThat(client.expect("ok").text()).isEqualTo("{\"op\":\"ok\",\"id\":9}");
        assertThat(backEnd.nextBody()).isEqualTo(data.strip());
    }

    @Test
    void base64ArrivesAsBytesAndTextAsUtf8() {
        client.ask("{\"op\":\"publish\",\"topic\":\"in.c\",\"base64\":\"/wAB\"}");
        client.ask("{\"op\":\"publish\",\"topic\":\"in.c\",\"text\":\"\\u00e4 \\ud83d\\ude00\\u0000\"}");

        Delivery bytes = backEnd.next();
        assertThat(bytes.getBody()).containsExactly(0xff, 0, 1);
        assertThat(bytes.getProperties().getContentType()).isEqualTo("application/octet-stream");
        Delivery text = backEnd.next();
        assertThat(text.getBody()).asString(UTF_8).isEqualTo("ä 😀\0");
        assertThat(text.getProperties().getContentType()).isEqualTo("text/plain");
    }

    @Test
    void aRuleMaySayThatItsMessagesNeedNotSurvive() {
        client.ask("{\"op\":\"publish\",\"topic\":\"in.transient.a\",\"data\":1}");

        assertThat(backEnd.next().getProperties().getDeliveryMode()).isEqualTo(1);
    }

    @Test
    void withoutAnIdThereIsNoOkButTheMessageArrives() {
        client.send("{\"op\":\"publish\",\"topic\":\"in.d\",\"data\":1}");

        assertThat(backEnd.nextBody()).isEqualTo("1");
        client.expectNothing();
    }

    @Test
    void publishesOfOneSessionKeepTheirOrder() {
        for (int i = 0; i < 300; i++) {
            client.send("{\"op\":\"publish\",\"topic\":\"in.order\",\"data\":" + i + ",\"id\":" + i + "}");
        }
        for (int i = 0; i < 300; i++) {
            assertThat(client.await("ok").op()).isEqualTo("ok");
            assertThat(backEnd.nextBody()).isEqualTo(Integer.toString(i));
        }
        client.expectNothing();
    }

    @Test
    void whereNoQueueIsBoundItIsUnroutable() {
        Received error = client.ask("{\"op\":\"publish\",\"topic\":\"out.nobody\",\"data\":1}");

        assertThat(error.text()).startsWith("{\"op\":\"error\",\"id\":1,\"code\":\"unroutable\",\"message\":\"");
        assertThat(error.json().path("topic").asString()).isEqualTo("out.nobody");
        assertThat(node.metric("sluice_publishes_total{result=\"unroutable\",rule=\"out.#\"}"))
                .isPositive();
    }

    @Test
    void whereTheExchangeIsMissingItIsUnavailableAndTheOthersGoOn() {
        assertThat(code("{\"op\":\"publish\",\"topic\":\"missing.a\",\"data\":1}"))
                .isEqualTo("unavailable");
        client.ask("{\"op\":\"publish\",\"topic\":\"in.e\",\"data\":2}");

        assertThat(backEnd.nextBody()).isEqualTo("2");
    }

    @ParameterizedTest
    @CsvSource({
        "other.topic, no_such_topic",
        "in..a, invalid_topic",
        "in.*, invalid_topic",
        "in.#, invalid_topic",
        "'', invalid_topic",
    })
    void aTopicThatCannotBePublishedToIsRefused(String topic, String code) {
        Received error = client.ask("{\"op\":\"publish\",\"topic\":\"" + topic + "\",\"data\":1}");

        assertThat(error.json().path("code").asString()).isEqualTo(code);
        assertThat(error.json().path("topic").asString("")).isEqualTo(topic);
        assertThat(error.json().path("message").asString()).endsWith(".");
    }

    @Test
    void aTopicOf255BytesIsPublishedAndOneMoreIsNot() {
        String longest = "in." + "a".repeat(252);
        assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"" + longest + "\",\"data\":1}")
                        .op())
                .isEqualTo("ok");
        assertThat(backEnd.next().getEnvelope().getRoutingKey()).isEqualTo(longest);
        assertThat(code("{\"op\":\"publish\",\"topic\":\"" + longest + "a\",\"data\":1}"))
                .isEqualTo("invalid_topic");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x-a\":1} | bad_request",
                "{\"X-Sluice-User\":\"root\"} | bad_request",
                "{\"CC\":\"a\"} | bad_request",
                "{\"bcc\":\"a\"} | bad_request",
                "{\"a b\":1} | bad_request",
                "{\"a\":null} | bad_request",
                "{\"a\":[1]} | bad_request",
                "{\"a\":1,\"a\":2} | bad_request",
                "{\"traceparent\":\"none\"} | bad_request",
            })
    void headersThatCouldMeanSomethingElseAreRefused(String headers, String code) {
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"headers\":" + headers + "}"))
                .isEqualTo(code);
    }

    @Test
    void headersAndKeyAreBounded() {
        String sixteen = headers(16);
        assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"headers\":" + sixteen + "}")
                        .op())
                .isEqualTo("ok");
        assertThat(backEnd.next().getProperties().getHeaders()).hasSize(19);
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"headers\":" + headers(17) + "}"))
                .isEqualTo("bad_request");
        String large = "{\"a\":\"" + "x".repeat(4096) + "\"}";
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"headers\":" + large + "}"))
                .isEqualTo("too_large");
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"key\":\"" + "k".repeat(129) + "\"}"))
                .isEqualTo("too_large");
        assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"in.h\",\"data\":1,\"key\":\"" + "k".repeat(128) + "\"}")
                        .op())
                .isEqualTo("ok");
        assertThat(backEnd.next().getProperties().getMessageId()).hasSize(128);
    }

    @Test
    void theSameKeyAgainIsAnsweredLikeTheFirstAndNotPublished() {
        String publish = "{\"op\":\"publish\",\"topic\":\"in.k\",\"data\":1,\"key\":\"once\"}";
        assertThat(client.ask(publish).json().has("duplicate")).isFalse();
        assertThat(client.ask(publish).text()).isEqualTo("{\"op\":\"ok\",\"id\":2,\"duplicate\":true}");
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.k\",\"data\":2,\"key\":\"once\"}"))
                .isEqualTo("bad_request");
        assertThat(code("{\"op\":\"publish\",\"topic\":\"in.l\",\"data\":1,\"key\":\"once\"}"))
                .isEqualTo("bad_request");
        try (Client other = node.connect()) {
            assertThat(other.ask(publish).json().has("duplicate")).isFalse();
        }

        assertThat(backEnd.nextBody()).isEqualTo("1");
        assertThat(backEnd.nextBody()).isEqualTo("1");
    }

    @Test
    void aPrincipalKeepsItsKeysFromSessionToSession() {
        String publish = "{\"op\":\"publish\",\"topic\":\"in.p\",\"data\":1,\"key\":\"mine\"}";
        for (int i = 0; i < 2; i++) {
            try (Client bob = node.dial().bearer(Jwt.of("bob").signed()).open()) {
                bob.expect("welcome");
                assertThat(bob.ask(publish).json().path("duplicate").asBoolean(false))
                        .isEqualTo(i > 0);
            }
        }

        assertThat(backEnd.nextBody()).isEqualTo("1");
    }

    @Test
    void aPublishThatCameToNothingMayBeTriedAgainWithItsKey() {
        String publish = "{\"op\":\"publish\",\"topic\":\"out.retry\",\"data\":1,\"key\":\"again\"}";

        assertThat(code(publish)).isEqualTo("unroutable");
        assertThat(code(publish)).isEqualTo("unroutable");
    }

    private String code(String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }

    private static String headers(int count) {
        StringBuilder headers = new StringBuilder("{\"h0\":0");
        for (int i = 1; i < count; i++) {
            headers.append(",\"h").append(i).append("\":").append(i);
        }
        return headers.append('}').toString();
    }
}
