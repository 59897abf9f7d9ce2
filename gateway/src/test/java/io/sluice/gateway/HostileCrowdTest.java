package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attacks on a whole node, each with its legal twin, while {@link Bystanders} look on. */
@Tag("alone")
@Timeout(180)
final class HostileCrowdTest {

    private static Node node;
    private Bystanders bystanders;

    @BeforeAll
    static void start() {
        node = Node.start("""
                origins: ["https://app.example.com"]
                authentication:
                  anonymous: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics: [{match: "#", exchange: amq.topic, headers: [note]}]
                permissions:
                  - {subscribe: ["bystanders.*", "open.#"], publish: ["bystanders.*", "open.#"]}
                  - {role: authenticated, subscribe: ["users.{sub}.#"]}
                limits: {handshakeTimeout: 2s, deliveryBytes: 64KiB, authFailuresPerMinute: 30}
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @BeforeEach
    void watch() {
        bystanders = new Bystanders(node);
    }

    @AfterEach
    void leave() {
        bystanders.sawNothing();
        bystanders.close();
    }

    @Test
    void aCrowdThatSaysNothingOrNeverEndsIsGoneInTimeAndClientsStillComeIn() throws IOException {
        List<RawSocket> crowd = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            crowd.add(new RawSocket(node.address()).send(i % 2 == 0 ? "" : "GET /ws HTTP/1.1\r\nX: "));
        }
        bystanders.areServed();
        node.connect().close();
        for (RawSocket one : crowd) {
            assertThat(one.rest()).matches("(?s)(HTTP/1\\.1 408 .*)?");
            one.close();
        }
    }

    @Test
    void aHalfCloseAndAResetAreTheEndOfAConnectionAndNoMore() throws IOException {
        for (int i = 0; i < 100; i++) {
            try (RawSocket socket = new RawSocket(node.address())) {
                socket.send(RawSocket.upgrade()).head();
                socket.endOfOutput();
                if (i % 2 == 0) {
                    socket.reset();
                }
            }
        }
    }

    @Test
    void aFloodOfBadTokensIs429AndGoodClientsOfTheGatewayStay() {
        try (Client alice = node.dial().bearer(Jwt.of("alice").signed()).open()) {
            alice.expect("welcome");
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                answers.add(node.dial()
                        .bearer(Jwt.of("eve" + i).signed("another secret of the same length ok"))
                        .refusal()
                        .statusCode());
            }
            assertThat(answers).containsOnly(401, 429);
            assertThat(answers.subList(0, 20)).containsOnly(401);
            alice.expectNothing();
        }
        node.connect().close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 12\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer bad\r\n\r\n"
            })
    void behindARefusedUpgradeNothingIsARequest(String refused) throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            String answer = socket.send(refused + "GET /internal HTTP/1.1\r\nHost: a\r\n\r\n")
                    .rest();

            assertThat(answer.split("HTTP/1\\.1 ", -1)).hasSize(2);
            assertThat(answer).containsIgnoringCase("connection: close");
        }
    }

    static List<String> badTopics() {
        return List.of(
                "a".repeat(256),
                "é".repeat(128),
                "open.#.#",
                "#.#.#.a.#",
                "a" + ".a".repeat(16),
                "",
                ".",
                "..",
                "open.",
                ".open",
                "open..a",
                "open.\\u0000",
                "open.\\u0007",
                "open.\\u202e",
                "open.\\u200d",
                "open.e\\u0301",
                "open.\\ud800");
    }

    @ParameterizedTest
    @MethodSource("badTopics")
    void aTopicThatCouldMeanAnotherIsRefusedBeforeAnybodyAsksTheBroker(String topic) {
        try (Client client = node.connect()) {
            assertThat(client.ask("{\"op\":\"subscribe\",\"topic\":\"" + topic + "\"}")
                            .json()
                            .path("code")
                            .asString())
                    .isIn("invalid_topic", "bad_request");
            // A topic, unlike a pattern, may have more than sixteen words; this one no grant allows.
            assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"" + topic + "\",\"data\":1}")
                            .json()
                            .path("code")
                            .asString())
                    .isIn("invalid_topic", "bad_request", "forbidden");
            client.subscribe("open." + "a".repeat(250)).subscribe("open.\u00e9").subscribe("open.*.#");
        }
    }

    @Test
    void noWayOfWritingAPatternReachesBeyondTheGrant() {
        try (Client alice = node.dial().bearer(Jwt.of("alice").signed()).open()) {
            alice.expect("welcome");
            for (String pattern :
                    List.of("#", "*", "*.alice.#", "users.#", "users.*.#", "users.*.a", "users.bob.#", "*.#")) {
                assertThat(alice.ask("{\"op\":\"subscribe\",\"topic\":\"" + pattern + "\"}")
                                .json()
                                .path("code")
                                .asString())
                        .as(pattern)
                        .isEqualTo("forbidden");
            }
            alice.subscribe("users.alice.#").subscribe("users.alice").subscribe("users.alice.*.b.#");
        }
    }

    @Test
    void whatWouldBeAnotherRoutingKeyOrQueueInAmqpIsNotTaken() {
        try (Client client = node.connect()) {
            for (String headers : List.of(
                    "\"CC\":\"users.alice.a\"",
                    "\"BCC\":\"users.alice.a\"",
                    "\"cc\":\"users.alice.a\"",
                    "\"x-match\":\"any\"",
                    "\"X-Death\":1",
                    "\"a\":{\"b\":1}",
                    "\"a\":[1]")) {
                assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"open.a\",\"data\":1,\"headers\":{" + headers
                                        + "}}")
                                .json()
                                .path("code")
                                .asString())
                        .as(headers)
                        .isEqualTo("bad_request");
            }
        }
        try (Client client = node.connect()) {
            client.subscribe("open.fields");
            // Fields that AMQP has and the subprotocol has not are ignored like any other.
            client.ask(
                    "{\"op\":\"publish\",\"topic\":\"open.fields\",\"reply-to\":\"amq.gen-x\",\"replyTo\":\"q\",\"user-id\":\"guest\","
                            + "\"priority\":300,\"exchange\":\"\",\"delivery-mode\":9,\"headers\":{\"note\":\"ok\"},\"data\":1}");
            assertThat(client.await("message")
                            .json()
                            .path("headers")
                            .path("note")
                            .asString())
                    .isEqualTo("ok");
        }
    }

    @Test
    void aHostileBackEndBreaksNoFrameAndNoConsumer() {
        try (Client client = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            client.subscribe("open.back.#");
            Map<String, Object> many = new HashMap<>();
            for (int i = 0; i < 2_000; i++) {
                many.put("h" + i, "v".repeat(10));
            }
            many.put("note", Map.of("deep", List.of(1, true, Map.of("a", List.of()))));
            many.put("CC", List.of("open.back.copy"));
            backEnd.publish("amq.topic", "open.back.headers", properties(many), "1".getBytes(UTF_8));
            backEnd.publish("amq.topic", "open.back.large", properties(Map.of()), new byte[8 << 20]);
            backEnd.publish("open.back.bytes", "text/plain", new byte[] {(byte) 0xff, (byte) 0xfe});
            backEnd.publish("open.back.type", "application/json\r\nX: y", "{".getBytes(UTF_8));
            backEnd.publish("open.back." + "k".repeat(240), "1");
            backEnd.publish("open.back.end", "2");

            List<Received> received = new ArrayList<>();
            Received next;
            do {
                next = client.next();
                received.add(next);
            } while (!next.json().path("topic").asString().equals("open.back.end"));
            assertThat(received)
                    .extracting(Received::op)
                    .contains("gap")
                    .filteredOn(op -> op.equals("message"))
                    .hasSizeGreaterThanOrEqualTo(5);
            client.expectNothing();
        }
    }

    @Test
    void aThousandSubscriptionsThatComeAndGoCostTheBrokerNoBinding() {
        int before = bindings();
        try (Client client = node.connect()) {
            for (int i = 0; i < 1000; i++) {
                client.send("{\"op\":\"subscribe\",\"topic\":\"open.churn." + i + ".*\"}");
                client.send("{\"op\":\"unsubscribe\",\"topic\":\"open.churn." + i + ".*\"}");
            }
            client.expectNothing();
            assertThat(bindings()).isEqualTo(before);
            client.subscribe("open.churn.1.*");
            client.send("{\"op\":\"publish\",\"topic\":\"open.churn.1.a\",\"data\":1}");
            assertThat(client.expect("message").json().path("topic").asString()).isEqualTo("open.churn.1.a");
        }
    }

    @Test
    void whatClientsWriteReachesNoLogAndNoLabel() throws IOException {
        List<String> texts =
                List.of("${jndi:ldap://evil/a}", "\u001b[31mred", "%n%n~s{}", "<script>alert(1)</script>", "a\\nb");
        long series = series();
        for (int i = 0; i < 50; i++) {
            String text = texts.get(i % texts.size()).replace("\u001b", "") + i;
            try (RawSocket socket = new RawSocket(node.address())) {
                socket.send(RawSocket.upgrade(
                                "Origin: https://app.example.com", "User-Agent: " + text, "X-" + i + ": " + text))
                        .head();
                socket.send(RawSocket.text("{\"op\":\"" + i + "evil\"}"))
                        .send(RawSocket.text("{\"op\":\"publish\",\"topic\":\"open." + i + "evil\",\"data\":1}"))
                        .send(RawSocket.CLOSE)
                        .rest();
            }
            try (RawSocket socket = new RawSocket(node.address())) {
                assertThat(socket.send(RawSocket.upgrade("Origin: " + text)).rest())
                        .startsWith("HTTP/1.1 403 ");
            }
            try (RawSocket socket = new RawSocket(node.address())) {
                socket.send("EVIL" + i + " /" + i + " HTTP/1.1\r\nHost: a\r\n\r\n")
                        .rest();
            }
        }
        assertThat(series() - series).isLessThan(10);
        assertThat(bystanders.log()).doesNotContain("jndi", "[31m", "%n", "<script>", "evil");
        assertThat(node.operations("/metrics").body()).doesNotContain("jndi", "evil");
    }

    private static BasicProperties properties(Map<String, Object> headers) {
        return new BasicProperties.Builder().headers(headers).build();
    }

    private static int bindings() {
        return TestBroker.shared().ctl("list_bindings", "source_name").split("\n", -1).length;
    }

    private static long series() {
        return node.operations("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("sluice_"))
                .count();
    }
}
