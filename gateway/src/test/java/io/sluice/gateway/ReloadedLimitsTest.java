package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each limit when it changes under sessions that stand: for whom the new one holds, and that nobody loses by it what it has. */
@Timeout(180)
final class ReloadedLimitsTest {

    private static final String REST = Node.ANYBODY + """
            topics:
              - {match: "cut.#", exchange: amq.topic, overflow: disconnect}
              - {match: "#", exchange: amq.topic, overflow: dropOldest}
            permissions: [{subscribe: ["#"], publish: ["#"]}]
            """;

    /** With messages of 64 KiB, more than the kernels of both sides will hold for a connection that nobody reads. */
    private static final int FLOOD = 400;

    private static final byte[] LARGE = ("\"" + "x".repeat(64 << 10) + "\"").getBytes(US_ASCII);

    @ParameterizedTest
    @CsvSource({"connections, 503", "connectionsPerAddress, 429", "connectionsPerPrincipal, 429"})
    void fewerConnectionsKeepThoseThatStandAndTheCountStaysRight(String key, int refusal) throws IOException {
        try (Node node = node(key + ": 3")) {
            List<Client> standing = List.of(admitted(node), admitted(node), admitted(node));
            assertThat(refused(node)).isEqualTo(refusal);

            reload(node, key + ": 1");
            standing.forEach(Client::expectNothing);
            assertThat(refused(node)).isEqualTo(refusal);
            standing.get(0).close();
            await().atMost(Client.PATIENCE).until(() -> connections(node) == 2);
            assertThat(refused(node)).isEqualTo(refusal);
            standing.get(1).expectNothing();
            standing.get(1).close();
            standing.get(2).close();
            await().atMost(Client.PATIENCE).until(() -> connections(node) == 0);
            try (Client only = eventually(node)) {
                assertThat(refused(node)).isEqualTo(refusal);
                reload(node, key + ": 2");
                try (Client second = eventually(node)) {
                    assertThat(refused(node)).isEqualTo(refusal);
                    second.expectNothing();
                }
                only.expectNothing();
            }
        }
    }

    @Test
    void whoHasGuessedTooOftenHasNoNewGuessesByAReload() throws IOException {
        try (Node node = node("authFailuresPerMinute: 1")) {
            assertThat(node.dial().bearer("bad").refusal().statusCode()).isEqualTo(401);
            assertThat(node.dial().bearer("bad").refusal().statusCode()).isEqualTo(429);
            reload(node, "authFailuresPerMinute: 2");
            assertThat(node.dial().bearer("bad").refusal().statusCode()).isEqualTo(429);
        }
    }

    @Test
    void theRateOfPublishesIsThatOfTheStandingSessionsToo() throws IOException {
        try (Node node = node("publishesPerSecond: 1000");
                Client standing = node.connect()) {
            assertThat(publishes(standing, 8)).containsOnly("ok");

            reload(node, "publishesPerSecond: 1");
            // Few enough not to be taken for a client that does not listen.
            assertThat(publishes(standing, 8)).contains("limits.publishesPerSecond is 1.");

            reload(node, "publishesPerSecond: 100000");
            await().atMost(Client.PATIENCE).until(() -> publish(standing).equals("ok"));
            assertThat(publishes(standing, 8)).containsOnly("ok");
        }
    }

    @Test
    void subscriptionsThatStandStayAndNoneIsAddedBeyondTheNewLimit() throws IOException {
        try (Node node = node("subscriptionsPerSession: 3");
                Client standing = node.connect()) {
            standing.subscribe("s.a").subscribe("s.b").subscribe("s.c");
            reload(node, "subscriptionsPerSession: 2");
            standing.send("{\"op\":\"publish\",\"topic\":\"s.c\",\"data\":1}");
            standing.await("message");
            for (String gone : List.of("s.a", "s.b")) {
                assertThat(code(standing.ask("{\"op\":\"subscribe\",\"topic\":\"s.d\"}")))
                        .isEqualTo("limit_exceeded");
                standing.ask("{\"op\":\"unsubscribe\",\"topic\":\"" + gone + "\"}");
            }
            standing.subscribe("s.d");
            reload(node, "subscriptionsPerSession: 3");
            standing.subscribe("s.e").expectNothing();
        }
    }

    @Test
    void messageBytesAreWhatTheWelcomeOfTheSessionSaid() throws IOException {
        try (Node node = node("messageBytes: 2KiB");
                Client standing = node.connect()) {
            reload(node, "messageBytes: 1KiB");
            standing.send(LimitsTest.pingOf(2048));
            standing.expect("pong");
            try (Client late = node.dial().open()) {
                assertThat(late.expect("welcome")
                                .json()
                                .at("/limits/messageBytes")
                                .asInt())
                        .isEqualTo(1024);
                late.send(LimitsTest.pingOf(1024));
                late.expect("pong");
                late.send(LimitsTest.pingOf(1025));
                assertThat(late.closed().code()).isEqualTo(1009);
            }
            standing.expectNothing();
        }
    }

    @Test
    void deliveryBytesAreThoseOfTheNextMessage() throws IOException {
        try (Node node = node("deliveryBytes: 1KiB");
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client standing = node.connect()) {
            standing.subscribe("bodies");
            backEnd.publish("bodies", "\"12345678\"");
            assertThat(standing.expect("message").raw("data")).isEqualTo("\"12345678\"");
            reload(node, "deliveryBytes: 9B");
            backEnd.publish("bodies", "\"12345678\"");
            assertThat(standing.expect("gap").json().path("reason").asString()).isEqualTo("too_large");
            backEnd.publish("bodies", "\"1234567\"");
            standing.expect("message");
            reload(node, "deliveryBytes: 10B");
            backEnd.publish("bodies", "\"12345678\"");
            standing.expect("message");
            standing.expectNothing();
        }
    }

    @Test
    void lessMayWaitForASessionThatIsSlowAlready() throws IOException {
        try (Node node = node("outboundBytes: 256MiB, nodeOutboundBytes: 256MiB");
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client slow = slow(node, "cut.a");
                Client witness = node.connect()) {
            witness.subscribe("cut.a");
            flood(backEnd, "cut.a", witness);
            assertThat(node.metric("sluice_slow_sessions_total{policy=\"disconnect\"}"))
                    .isZero();
            assertThat(held(node)).isGreaterThan(1 << 20);

            reload(node, "outboundBytes: 1MiB, nodeOutboundBytes: 256MiB");
            backEnd.publish("amq.topic", "cut.a", new BasicProperties(), LARGE);
            witness.expect("message");
            await().atMost(Client.PATIENCE)
                    .until(() -> node.metric("sluice_slow_sessions_total{policy=\"disconnect\"}") == 1);
            slow.readOn();
            assertThat(slow.closed()).isEqualTo(new Closed(1013, "slow"));
            assertThat(held(node)).isZero();
            witness.expectNothing();
        }
    }

    @Test
    void moreMayWaitForASessionThatStood() throws IOException {
        try (Node node = node("outboundBytes: 1KiB");
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client slow = slow(node, "cut.a");
                Client witness = node.connect()) {
            reload(node, "outboundBytes: 256MiB, nodeOutboundBytes: 256MiB");
            witness.subscribe("cut.a");
            flood(backEnd, "cut.a", witness);
            slow.readOn();
            for (int i = 0; i < FLOOD; i++) {
                slow.expect("message");
            }
            slow.expectNothing();
            assertThat(held(node)).isZero();
        }
    }

    @Test
    void whatWaitsForAllIsCutToTheNewBoundAtOnceAndTheGapIsTold() throws IOException {
        try (Node node = node("outboundBytes: 256MiB, nodeOutboundBytes: 256MiB");
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
                Client slow = slow(node, "drop.a");
                Client witness = node.connect()) {
            witness.subscribe("drop.a");
            flood(backEnd, "drop.a", witness);
            assertThat(held(node)).isGreaterThan(1 << 20);

            reload(node, "outboundBytes: 256MiB, nodeOutboundBytes: 1MiB");
            await().atMost(Client.PATIENCE).until(() -> held(node) <= 1 << 20);
            slow.readOn();
            int came = 0;
            int missed = 0;
            while (came + missed < FLOOD) {
                Received next = slow.next();
                came += next.op().equals("message") ? 1 : 0;
                missed += next.json().path("missed").asInt(0);
            }
            assertThat(missed).isPositive();
            slow.expectNothing();
            assertThat(held(node)).isZero();
        }
    }

    @Test
    void maxAgeIsForTheSessionsThatCome() throws IOException {
        try (Node node = node("maxAge: 0s");
                Client standing = node.connect()) {
            reload(node, "maxAge: 100ms");
            try (Client late = node.connect()) {
                assertThat(late.expect("goaway").json().path("reason").asString())
                        .isEqualTo("max_age");
                assertThat(late.closed()).isEqualTo(new Closed(1001, "max age"));
            }
            reload(node, "maxAge: 0s");
            standing.expectNothing();
        }
    }

    @Test
    void theHeadAndTheTimeOfAHandshakeAreThoseOfTheConnectionsThatCome() throws IOException {
        try (Node node = node("headerBytes: 2KiB, handshakeTimeout: 1h")) {
            String head = RawSocket.upgrade("X-Fill: " + "a".repeat(1024));
            try (RawSocket before = new RawSocket(node.address())) {
                assertThat(before.send(head).head()).startsWith("HTTP/1.1 101 ");
                reload(node, "headerBytes: 1KiB, handshakeTimeout: 300ms");
            }
            try (RawSocket large = new RawSocket(node.address());
                    RawSocket silent = new RawSocket(node.address())) {
                assertThat(large.send(head).rest()).startsWith("HTTP/1.1 431 ");
                assertThat(silent.send("GET /ws HTTP/1.1\r\n").rest()).startsWith("HTTP/1.1 408 ");
            }
        }
    }

    @Test
    void theTimeOfATlsHandshakeIsThatOfTheConnectionsThatCome(@TempDir Path directory) throws IOException {
        Authority authority = new Authority();
        String listeners = "listeners: [{host: 127.0.0.1, port: 0, tls: {"
                + Authority.files(authority.server("localhost"), directory, "limits") + "}}]\n";
        try (Node node = Node.start(listeners + REST + "limits: {handshakeTimeout: 1ms}\n")) {
            node.gateway()
                    .apply(Node.configuration(
                            TestBroker.shared(), listeners + REST + "limits: {handshakeTimeout: 1h}\n"));
            HttpClient http =
                    HttpClient.newBuilder().sslContext(authority.client(null)).build();
            URI uri = URI.create("wss://localhost:" + node.address().getPort() + "/ws");
            try (Client client = new Dial(uri).with(http).open()) {
                client.expect("welcome");
            }
        }
    }

    private static Node node(String limits) {
        return Node.start(REST + "limits: {" + limits + "}\n");
    }

    private static void reload(Node node, String limits) throws IOException {
        node.gateway().apply(Node.configuration(TestBroker.shared(), REST + "limits: {" + limits + "}\n"));
    }

    private static Client admitted(Node node) {
        Client client = node.dial().bearer(Jwt.of("alice").signed()).open();
        client.expect("welcome");
        return client;
    }

    /** As soon as those that were refused before are forgotten. */
    private static Client eventually(Node node) {
        return await().atMost(Client.PATIENCE).ignoreExceptions().until(() -> admitted(node), client -> true);
    }

    private static int refused(Node node) {
        return node.dial().bearer(Jwt.of("alice").signed()).refusal().statusCode();
    }

    private static double connections(Node node) {
        return node.metric("sluice_connections{protocol=\"sluice.v1.json\",transport=\"websocket\"}");
    }

    /** What is said to each of so many publishes at once. */
    private static List<String> publishes(Client client, int times) {
        List<String> outcomes = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            client.send("{\"op\":\"publish\",\"id\":" + (1000 + i) + ",\"topic\":\"rate\",\"data\":1}");
        }
        for (int i = 0; i < times; i++) {
            String sentence = client.await(1000 + i).json().path("message").asString("ok");
            outcomes.add(sentence.replace("Publish more slowly: ", ""));
        }
        return outcomes;
    }

    private static String publish(Client client) {
        return code(client.ask("{\"op\":\"publish\",\"topic\":\"rate\",\"data\":1}"));
    }

    private static String code(Received answer) {
        return answer.json().path("code").asString("ok");
    }

    /** Reads welcome and ok, and nothing more. */
    private static Client slow(Node node, String topic) {
        Client slow = node.dial().reading(2).open();
        slow.expect("welcome");
        return slow.subscribe(topic);
    }

    /** One at a time, as fast as a session that reads. */
    private static void flood(BackEnd backEnd, String topic, Client witness) {
        for (int i = 0; i < FLOOD; i++) {
            backEnd.publish("amq.topic", topic, new BasicProperties(), LARGE);
            witness.expect("message");
        }
    }

    private static double held(Node node) {
        return node.metric("sluice_outbound_held_bytes");
    }
}
