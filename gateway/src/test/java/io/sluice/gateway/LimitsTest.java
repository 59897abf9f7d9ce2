package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every limit bites at its value, and not one less. */
@Timeout(120)
final class LimitsTest {

    private static final String REST = """
            insecure: true
            topics: [{match: "#", exchange: amq.topic}]
            permissions: [{subscribe: ["#"], publish: ["#"]}]
            """;

    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start(REST + """
                authentication: {anonymous: true}
                limits:
                  messageBytes: 2KiB
                  headerBytes: 2KiB
                  handshakeTimeout: 1s
                  subscriptionsPerSession: 3
                  publishesPerSecond: 5
                  fragments: 4
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void subscriptionsPerSession() {
        try (Client client = node.connect()) {
            client.subscribe("a").subscribe("b");
            Received both = client.ask("{\"op\":\"subscribe\",\"topics\":[\"c\",\"d\"]}");
            assertThat(both.json().path("code").asString()).isEqualTo("limit_exceeded");
            client.subscribe("c").subscribe("a");
            Received fourth = client.ask("{\"op\":\"subscribe\",\"topic\":\"d\"}");
            assertThat(fourth.json().path("code").asString()).isEqualTo("limit_exceeded");
            client.ask("{\"op\":\"unsubscribe\",\"topic\":\"a\"}");
            client.subscribe("d");
        }
    }

    @Test
    void messageBytes() {
        try (Client client = node.connect()) {
            client.send(pingOf(2048));
            client.expect("pong");
            client.send(pingOf(2049));
            assertThat(client.closed().code()).isEqualTo(1009);
        }
        assertThat(node.metric("sluice_frames_rejected_total{violation=\"message_too_big\"}"))
                .isPositive();
    }

    @Test
    void messageBytesOfAllFragmentsTogether() {
        try (Client client = node.connect()) {
            client.socket().sendText(pingOf(2048), false).join();
            client.socket().sendText(" ", true).join();
            assertThat(client.closed().code()).isEqualTo(1009);
        }
    }

    @Test
    void fragments() {
        try (Client client = node.connect()) {
            String ping = pingOf(100);
            for (int i = 0; i < 3; i++) {
                client.socket().sendText(ping.substring(i, i + 1), false).join();
            }
            client.socket().sendText(ping.substring(3), true).join();
            client.expect("pong");
            for (int i = 0; i < 4; i++) {
                client.socket().sendText(ping.substring(i, i + 1), false).join();
            }
            client.socket().sendText(ping.substring(4), true).join();
            assertThat(client.closed().code()).isEqualTo(1008);
        }
    }

    @Test
    void preAuthBytesHoldUntilTheWelcome() {
        try (Node strict = Node.start(REST + """
                authentication: {jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]}
                limits: {preAuthBytes: 1KiB, messageBytes: 4KiB}
                """)) {
            try (Client client = strict.dial().open()) {
                client.send(pingOf(1024));
                client.expect("error");
                client.send(pingOf(1025));
                assertThat(client.closed().code()).isEqualTo(1009);
            }
            try (Client client = strict.dial().open()) {
                client.send("{\"op\":\"auth\",\"token\":\"" + Jwt.of("a").signed() + "\"}");
                client.expect("welcome");
                client.send(pingOf(4096));
                client.expect("pong");
            }
        }
    }

    @Test
    void publishesPerSecondWithABurstOfTwice() {
        try (Client client = node.connect()) {
            List<String> outcomes = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                client.send("{\"op\":\"publish\",\"id\":" + i + ",\"topic\":\"rate\",\"data\":1}");
            }
            for (int i = 0; i < 40; i++) {
                outcomes.add(client.await(i).json().path("code").asString("ok"));
            }
            assertThat(outcomes.subList(0, 10)).containsOnly("ok");
            assertThat(outcomes).contains("rate_limited").containsOnly("ok", "rate_limited");
        }
        assertThat(node.metric("sluice_publishes_total{result=\"rate_limited\",rule=\"none\"}"))
                .isPositive();
    }

    @Test
    void whoDoesNotHeedTheRateIsSentAway() throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            socket.send(RawSocket.upgrade()).head();
            socket.send(RawSocket.text("{\"op\":\"publish\",\"topic\":\"rate\",\"data\":1}")
                    .repeat(100));
            // The answer to the close that ends it.
            socket.send(RawSocket.CLOSE);

            assertThat(socket.rest()).endsWith("\u0088\u000c\u0011Mrate limit");
        }
    }

    @Test
    void connections() {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true}
                limits: {connections: 2}
                """)) {
            Client first = small.connect();
            try (Client second = small.connect()) {
                HttpResponse<?> refusal = small.dial().refusal();
                assertThat(refusal.statusCode()).isEqualTo(503);
                assertThat(refusal.headers().firstValueAsLong("retry-after")).isPresent();
                first.close();
                await().atMost(Client.PATIENCE)
                        .ignoreExceptions()
                        .untilAsserted(() -> small.connect().close());
                second.expectNothing();
            }
        }
    }

    @Test
    void connectionsPerAddress() {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true}
                limits: {connectionsPerAddress: 2}
                """)) {
            try (Client first = small.connect();
                    Client second = small.connect()) {
                assertThat(small.dial().refusal().statusCode()).isEqualTo(429);
                first.expectNothing();
                second.expectNothing();
            }
            assertThat(small.metric("sluice_handshakes_total{result=\"429\"}")).isEqualTo(1);
        }
    }

    @Test
    void connectionsPerPrincipal() {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true, jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]}
                limits: {connectionsPerPrincipal: 2}
                """)) {
            String token = Jwt.of("alice").signed();
            Client first = small.dial().bearer(token).open();
            try (Client second = small.connect();
                    Client nobody = small.connect();
                    Client other = small.dial().bearer(Jwt.of("bob").signed()).open()) {
                first.expect("welcome");
                assertThat(second.ask("{\"op\":\"auth\",\"token\":\"" + token + "\"}")
                                .op())
                        .isEqualTo("ok");
                // A refresh is no connection more.
                assertThat(second.ask("{\"op\":\"auth\",\"token\":\"" + token + "\"}")
                                .op())
                        .isEqualTo("ok");

                HttpResponse<?> refusal = small.dial().bearer(token).refusal();
                assertThat(refusal.statusCode()).isEqualTo(429);
                assertThat(refusal.headers().firstValueAsLong("retry-after")).isPresent();
                nobody.send("{\"op\":\"auth\",\"token\":\"" + token + "\"}");
                assertThat(nobody.closed()).isEqualTo(new Closed(4429, "too many connections of this principal"));
                first.close();
                await().atMost(Client.PATIENCE).ignoreExceptions().untilAsserted(() -> {
                    try (Client third = small.dial().bearer(token).open()) {
                        third.expect("welcome");
                    }
                });
                other.expect("welcome");
            }
        }
    }

    @Test
    void authFailuresPerMinute() {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true, jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]}
                limits: {authFailuresPerMinute: 6}
                """);
                Client standing = small.dial().bearer(Jwt.of("alice").signed()).open();
                Client talker = small.connect()) {
            standing.expect("welcome");
            List<Integer> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(small.dial().bearer("bad").refusal().statusCode());
            }
            assertThat(answers.subList(0, 6)).containsOnly(401);
            assertThat(answers).contains(429).containsOnly(401, 429);
            HttpResponse<?> refusal = small.dial().bearer("bad").refusal();
            if (refusal.statusCode() == 429) {
                assertThat(refusal.headers().firstValueAsLong("retry-after")).hasValue(10);
            }
            // Who shows no token is not guessing.
            small.connect().close();
            standing.expectNothing();
            talker.send("{\"op\":\"auth\",\"token\":\"bad\"}");
            assertThat(talker.closed().code()).isIn(4401, 4429);
            assertThat(small.metric("sluice_auth_failures_total{reason=\"throttled\"}"))
                    .isPositive();
        }
    }

    @Test
    void maxAgeWithJitter() {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true}
                limits: {maxAge: 3s}
                """)) {
            long begun = System.nanoTime();
            try (Client client = small.connect()) {
                Client.Received goaway = client.expect("goaway");
                assertThat(Duration.ofNanos(System.nanoTime() - begun))
                        .isBetween(Duration.ofMillis(2600), Duration.ofSeconds(6));
                assertThat(goaway.json().path("reason").asString()).isEqualTo("max_age");
                assertThat(client.closed()).isEqualTo(new Closed(1001, "max age"));
            }
        }
    }

    @Test
    void connectionsThatNeverSpeakDoNotFillTheNode() throws IOException {
        try (Node small = Node.start(REST + """
                authentication: {anonymous: true}
                limits: {connections: 20, handshakeTimeout: 1s}
                """);
                Client standing = small.connect()) {
            List<RawSocket> silent = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                silent.add(new RawSocket(small.address()).send(i % 2 == 0 ? "" : "GET /ws HTTP/1.1\r\nHo"));
            }
            assertThat(small.dial().refusal().statusCode()).isEqualTo(503);
            standing.expectNothing();
            await().atMost(Duration.ofSeconds(15))
                    .ignoreExceptions()
                    .untilAsserted(() -> small.connect().close());
            for (RawSocket socket : silent) {
                socket.close();
            }
        }
    }

    @Test
    void tenBadRequestsInAMinuteEndTheConnectionAndNineDoNot() {
        try (Client client = node.connect()) {
            for (int i = 0; i < 9; i++) {
                client.send("{");
                assertThat(client.expect("error").json().path("code").asString())
                        .isEqualTo("bad_request");
            }
            client.expectNothing();
            client.send("{");
            client.expect("error");
            assertThat(client.closed()).isEqualTo(new Closed(1008, "too many bad requests"));
        }
    }

    @Test
    void headerBytes() throws IOException {
        try (RawSocket within = new RawSocket(node.address())) {
            assertThat(within.send(RawSocket.upgrade("X-Fill: " + "a".repeat(1024)))
                            .head())
                    .startsWith("HTTP/1.1 101 ");
        }
        try (RawSocket over = new RawSocket(node.address())) {
            assertThat(over.send(RawSocket.upgrade("X-Fill: " + "a".repeat(2048)))
                            .rest())
                    .startsWith("HTTP/1.1 431 ")
                    .contains("Connection: close");
        }
        try (RawSocket many = new RawSocket(node.address())) {
            assertThat(many.send(RawSocket.upgrade("A: b\r\n".repeat(200) + "C: d"))
                            .rest())
                    .startsWith("HTTP/1.1 431 ");
        }
    }

    @Test
    void handshakeTimeout() throws IOException {
        try (RawSocket silent = new RawSocket(node.address());
                RawSocket slow = new RawSocket(node.address());
                RawSocket inTime = new RawSocket(node.address())) {
            assertThat(inTime.send(RawSocket.upgrade("X-Y: z")).head()).startsWith("HTTP/1.1 101 ");
            slow.send("GET /ws HTTP/1.1\r\nHost: a\r\n");
            assertThat(silent.rest()).matches("(?s)(HTTP/1.1 408 .*)?");
            assertThat(slow.rest()).startsWith("HTTP/1.1 408 ");
        }
    }

    static String pingOf(int bytes) {
        String ping = "{\"op\":\"ping\",\"fill\":\"\"}";
        return "{\"op\":\"ping\",\"fill\":\"" + "a".repeat(bytes - ping.length()) + "\"}";
    }
}
