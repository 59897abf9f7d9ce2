package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is sent to its ports, a node answers or closes, logs nothing that wakes anybody, and serves the others. */
@Timeout(120)
final class HostileInputTest {

    private static Node node;
    private Bystanders bystanders;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication:
                  anonymous: true
                  queryToken: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{subscribe: ["#"], publish: ["#"]}]
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
    void nobodyNoticed() {
        bystanders.sawNothing();
        bystanders.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void randomBytesAreRefusedOnBothPorts(boolean operations) throws IOException {
        Random random = new Random(2026);
        for (int i = 0; i < 20; i++) {
            byte[] garbage = new byte[1 + random.nextInt(2000)];
            random.nextBytes(garbage);
            // The end of a line, so that nothing waits for one.
            garbage[garbage.length - 1] = '\n';
            assertThat(exchange(operations, garbage)).doesNotContain("HTTP/1.1 2", "HTTP/1.1 101", "HTTP/1.1 5");
        }
    }

    static List<String> openings() {
        return List.of(
                "GET /ws HTTP/9.9\r\n\r\n",
                "GET  /ws\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nBad Header: b\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                "GET /ws HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST /ws HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "GET /" + "a".repeat(100_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(100_000) + "\r\n\r\n",
                "GET /ws HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(20_000) + "\r\n",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\0\0\0\0\r\n\r\n",
                "SSH-2.0-OpenSSH_9.0\r\n");
    }

    @ParameterizedTest
    @MethodSource("openings")
    void whatIsNoGoodHttpIsRefusedOnBothPorts(String opening) throws IOException {
        assertThat(exchange(false, opening.getBytes(ISO_8859_1))).doesNotContain("HTTP/1.1 101", "HTTP/1.1 5");
        assertThat(exchange(true, opening.getBytes(ISO_8859_1))).doesNotContain("HTTP/1.1 2", "HTTP/1.1 5");
    }

    @Test
    void tlsOnThePlainPortsIsRefused() throws IOException {
        byte[] hello = ByteBuffer.allocate(300)
                .put(new byte[] {0x16, 0x03, 0x01, 0x01, 0x27, 0x01, 0x00, 0x01, 0x23, 0x03, 0x03})
                .array();
        hello[299] = '\n';
        assertThat(exchange(false, hello)).doesNotContain("HTTP/1.1 2", "HTTP/1.1 101");
        assertThat(exchange(true, hello)).doesNotContain("HTTP/1.1 2");
    }

    @Test
    void nothingBehindARefusedRequestIsReadAsOne() throws IOException {
        String second = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
        String answer = exchange(
                false, ("GET /none HTTP/1.1\r\nHost: a\r\n\r\n" + second + RawSocket.upgrade()).getBytes(UTF_8));

        assertThat(answer).startsWith("HTTP/1.1 404 ");
        assertThat(answer.split("HTTP/1\\.1 ", -1)).hasSize(2);
    }

    @Test
    void aHundredMalformedMessagesAtOnceAreTenErrorsAndAClose() throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            socket.send(RawSocket.upgrade()).head();
            socket.send(RawSocket.text("{\"op\":").repeat(100));
            // The answer to the close that ends it.
            socket.send(RawSocket.CLOSE);
            String rest = socket.rest();

            assertThat(rest.split("\"code\":\"bad_request\"", -1)).hasSize(11);
            assertThat(rest).endsWith("\u0088\u0017\u0003\u00f0too many bad requests");
        }
    }

    static List<String> malformed() {
        List<String> messages = new ArrayList<>(List.of(
                "",
                " ",
                "{",
                "[]",
                "null",
                "\"op\"",
                "{\"op\":1}",
                "{\"op\":\"ping\",\"op\":\"ping\"}",
                "{\"op\":\"ping\"}{}",
                "{\"op\":\"ping\",}",
                "{'op':'ping'}",
                "{\"topic\":\"a\"}",
                "{\"op\":\"subscribe\"}",
                "{\"op\":\"subscribe\",\"topic\":1}",
                "{\"op\":\"subscribe\",\"topics\":[]}",
                "{\"op\":\"subscribe\",\"topic\":\"a\",\"topics\":[\"a\"]}",
                "{\"op\":\"subscribe\",\"topics\":[" + "\"a\",".repeat(64) + "\"a\"]}",
                "{\"op\":\"subscribe\",\"topic\":\"a\",\"from\":\"yesterday\"}",
                "{\"op\":\"publish\",\"topic\":\"a\"}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":1,\"text\":\"1\"}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"base64\":\"?\"}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":1,\"ttl\":-1}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":1,\"ttl\":1.5}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":" + "[".repeat(33) + "]".repeat(33) + "}",
                "{\"op\":\"ping\",\"id\":-1}",
                "{\"op\":\"ping\",\"id\":1.0}",
                "{\"op\":\"ping\",\"id\":9007199254740992}",
                "{\"op\":\"ping\",\"id\":{}}",
                "{\"op\":\"ping\",\"id\":\"" + "i".repeat(65) + "\"}",
                "{\"op\":\"ack\"}",
                "{\"op\":\"auth\"}",
                "\ufeff{\"op\":\"ping\"}",
                "[1,2,3]",
                "{\"op\":\"publish\",\"topic\":\"a\",\"topic\":\"b\",\"data\":1}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":1,\"data\":2}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":NaN}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":-Infinity}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":01}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":1e}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":" + "[".repeat(60_000) + "}",
                "{\"op\":\"publish\",\"topic\":\"a\",\"data\":" + "{\"a\":".repeat(10_000) + "}",
                "{\"op\":\"ping\",\"id\":1e3}",
                "{\"op\":\"ping\",\"id\":" + "9".repeat(60_000) + "}"));
        messages.add("\u0000");
        return messages;
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void aMalformedMessageIsABadRequestThatSaysWhatToDo(String message) {
        try (Client client = node.connect()) {
            client.send(message);

            Received error = client.expect("error");
            assertThat(error.json().path("code").asString()).as(error.text()).isEqualTo("bad_request");
            assertThat(error.json().path("message").asString())
                    .hasSizeGreaterThan(10)
                    .matches(".*[.?]");
            client.expectNothing();
        }
    }

    /** What a tree of values would change or choke on, and JSON's grammar allows. */
    static List<String> extremes() {
        return List.of(
                "1e999",
                "-0",
                "9007199254740993",
                "7".repeat(1_000),
                "\"\\ud800\"",
                "{\"__proto__\":{\"admin\":true}}",
                "{\"a\":1,\"a\":2}",
                "[".repeat(32) + "]".repeat(32),
                "{" + "\"k\":0,".repeat(8_000) + "\"k\":0}");
    }

    @ParameterizedTest
    @MethodSource("extremes")
    void whatIsJsonAndNoMorePassesByteByByte(String data) {
        try (Client client = node.connect().subscribe("extremes")) {
            client.send("{\"op\":\"publish\",\"topic\":\"extremes\",\"data\":" + data + "}");

            assertThat(client.expect("message").text()).contains("\"data\":" + data + "}");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'{\"op\":\"fly\"}', unsupported",
        "'{\"op\":\"subscribe\",\"topic\":\"\"}', invalid_topic",
        "'{\"op\":\"subscribe\",\"topic\":\"a..b\"}', invalid_topic",
        "'{\"op\":\"subscribe\",\"topic\":\"#.#\"}', invalid_topic",
        "'{\"op\":\"subscribe\",\"topic\":\"a\\u0000b\"}', invalid_topic",
        "'{\"op\":\"subscribe\",\"topic\":\"a\",\"from\":\"first\"}', no_history",
        "'{\"op\":\"subscribe\",\"topic\":\"a\",\"from\":{\"last\":5}}', no_history",
        "'{\"op\":\"request\",\"id\":1,\"topic\":\"a\",\"data\":1}', forbidden",
        "'{\"op\":\"ack\",\"tag\":1}', no_such_tag",
    })
    void whatCannotBeDoneIsRefusedByName(String message, String code) {
        try (Client client = node.connect()) {
            client.send(message);

            assertThat(client.expect("error").json().path("code").asString()).isEqualTo(code);
        }
    }

    static List<Object[]> frames() {
        return List.of(
                new Object[] {"unmasked", bytes(0x81, 0x01, 'a'), 1002},
                new Object[] {"reserved opcode", bytes(0x83, 0x80, 0, 0, 0, 0), 1002},
                new Object[] {"reserved bit", bytes(0xC1, 0x80, 0, 0, 0, 0), 1002},
                new Object[] {"fragmented ping", bytes(0x09, 0x80, 0, 0, 0, 0), 1002},
                new Object[] {"stray continuation", bytes(0x80, 0x80, 0, 0, 0, 0), 1002},
                new Object[] {"close with one byte", bytes(0x88, 0x81, 0, 0, 0, 0, 3), 1002},
                new Object[] {"bad UTF-8", bytes(0x81, 0x81, 0, 0, 0, 0, 0xff), 1007},
                new Object[] {"binary", bytes(0x82, 0x81, 0, 0, 0, 0, 1), 1003},
                new Object[] {"huge", bytes(0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), 1009});
    }

    @ParameterizedTest(name = "{0}: {2}")
    @MethodSource("frames")
    void aFrameThatMustNotBeIsAnsweredWithItsCloseCode(String what, byte[] frame, int code) throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            socket.send(RawSocket.upgrade()).head();
            socket.send(frame);
            // An echo of the close lets a server that waits for it end the connection at once.
            socket.send(RawSocket.CLOSE);
            String rest = socket.rest();

            int close = rest.indexOf(0x88);
            assertThat(close).as(what).isNotNegative();
            assertThat(rest.charAt(close + 2) << 8 | rest.charAt(close + 3)).isEqualTo(code);
        }
    }

    @Test
    void aTokenNeverReachesTheLog() {
        String token = Jwt.of("quiet").with("email", "quiet@example.com").signed();
        String forged = token.substring(0, token.length() - 5) + "AAAAA";
        try (Client good = node.dial().query("access_token=" + token).open();
                Client bad = node.dial().query("access_token=" + forged).open();
                Client offered = node.dial()
                        .subprotocols("sluice.v1.json", "bearer." + forged)
                        .open();
                Client talker = node.dial().open()) {
            good.expect("welcome");
            assertThat(bad.closed().code()).isEqualTo(4401);
            assertThat(offered.closed().code()).isEqualTo(4401);
            talker.expect("welcome");
            talker.send("{\"op\":\"auth\",\"token\":\"" + forged + "\"}");
            Closed closed = talker.closed();
            assertThat(closed.code()).isEqualTo(4401);
            assertThat(closed.reason()).doesNotContain(forged);
        }
        HttpResponse<?> refusal = node.dial().bearer(forged).refusal();
        assertThat(refusal.statusCode()).isEqualTo(401);
        assertThat(refusal.headers().map().toString()).doesNotContain(forged);

        String payload = token.split("\\.", -1)[1];
        for (String told : List.of(bystanders.log(), node.operations("/metrics").body())) {
            assertThat(told).doesNotContain(token, forged, payload, "quiet@example.com");
        }
    }

    @Test
    void connectionsThatAreCutAnywhereLeaveNothingBehind() throws IOException {
        byte[] subscribe = RawSocket.upgrade().getBytes(UTF_8);
        for (int length = 0; length <= subscribe.length; length += 7) {
            try (RawSocket cut = new RawSocket(node.address())) {
                cut.send(Arrays.copyOf(subscribe, length));
            }
        }
        bystanders.areServed();
    }

    private static String exchange(boolean operations, byte[] bytes) throws IOException {
        InetSocketAddress address = operations ? node.operationsAddress() : node.address();
        try (RawSocket socket = new RawSocket(address)) {
            try {
                socket.send(bytes).endOfOutput();
            } catch (IOException refusedEarly) {
                // It need not read all of it.
            }
            return socket.rest();
        }
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
