package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.OpenSsl;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wss}: which certificate is shown to whom, what is asked of clients, and what hostile ones try. */
@Timeout(120)
final class TlsTest {

    private static final Authority AUTHORITY = new Authority();

    @TempDir
    private static Path directory;

    private static SSLContext trusting;
    private static Node node;

    @BeforeAll
    static void start() {
        trusting = AUTHORITY.client(null);
        node = Node.start("""
                listeners:
                  - host: 127.0.0.1
                    port: 0
                    tls:
                      {%s, sni: [
                        {host: app.example.com, %s},
                        {host: "*.example.com", %s}]}
                """.formatted(
                                Authority.files(AUTHORITY.server("localhost"), directory, "default"),
                                Authority.files(AUTHORITY.server("app.example.com"), directory, "app"),
                                Authority.files(AUTHORITY.server("wildcard.example.com"), directory, "wildcard"))
                + Node.OPEN);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientThatTrustsTheCertificateSubscribesAndPublishes(String protocol) {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        HttpClient http = HttpClient.newBuilder()
                .sslContext(trusting)
                .sslParameters(parameters)
                .build();
        try (Client client = dial(node, http).open()) {
            client.expect("welcome");
            client.subscribe("tls");
            String large = "a".repeat(60_000);
            client.send("{\"op\":\"publish\",\"topic\":\"tls\",\"text\":\"" + large + "\"}");

            assertThat(client.expect("message").json().path("text").asString()).isEqualTo(large);
        }
        assertThat(node.gateway().readyLine()).contains(" https://127.0.0.1:");
    }

    /** A euro sign cut within itself by frames, and everything cut by records. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void recordsMayCutFramesAndCharactersAnywhere(String protocol) throws Exception {
        try (RawSocket socket = new RawSocket(tls(protocol), node.address())) {
            oneByteInEachRecord(socket, RawSocket.upgrade());
            assertThat(socket.head()).startsWith("HTTP/1.1 101 ");
            socket.frame();
            String opened = "{\"op\":\"ping\",\"id\":\"\u00e2\u0082";
            oneByteInEachRecord(socket, "\u0001" + (char) (0x80 | opened.length()) + "\0\0\0\0" + opened);
            oneByteInEachRecord(socket, "\u0080\u0083\0\0\0\0\u00ac\"}");
            assertThat(new String(socket.frame(), ISO_8859_1)).contains("\"id\":\"\u00e2\u0082\u00ac\"");
            oneByteInEachRecord(socket, "\u0001" + (char) (0x80 | opened.length()) + "\0\0\0\0" + opened);
            oneByteInEachRecord(socket, "\u0080\u0083\0\0\0\0(");
            byte[] close = socket.frame();
            assertThat(Byte.toUnsignedInt(close[2]) << 8 | Byte.toUnsignedInt(close[3]))
                    .isEqualTo(1007);
        }
    }

    /** A write is a record. */
    private static void oneByteInEachRecord(RawSocket socket, String latin1) throws IOException {
        for (int i = 0; i < latin1.length(); i++) {
            socket.send(latin1.substring(i, i + 1));
        }
    }

    private static SSLSocket tls(String protocol) throws IOException {
        SSLSocket socket = (SSLSocket) trusting.getSocketFactory().createSocket();
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    @Test
    void boringSslDoesIt() {
        assertThat(OpenSsl.isAvailable())
                .as("the native library of this platform")
                .isTrue();
    }

    @Test
    void aClientThatDoesNotTrustItGivesUpAndNobodyElseNotices() {
        try (Client witness = dial(node, trusting(trusting)).open()) {
            witness.expect("welcome");
            assertThatThrownBy(() -> dial(node, HttpClient.newHttpClient()).open())
                    .hasStackTraceContaining("SSL");
            witness.expectNothing();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "app.example.com, CN=app.example.com",
        "APP.example.com, CN=app.example.com",
        "other.example.com, CN=wildcard.example.com",
        "a.b.example.com, CN=localhost",
        "example.com, CN=localhost",
        "localhost, CN=localhost",
        "'', CN=localhost"
    })
    void theNameThatIsAskedForChoosesTheCertificate(String name, String subject) throws IOException {
        try (TlsSocket client = new TlsSocket(node.address(), AUTHORITY.client(null), name, 0)) {
            assertThat(client.certificate().getSubjectX500Principal()).hasToString(subject);
            assertThat(client.applicationProtocol()).isEqualTo("http/1.1");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 64})
    void aClientHelloInAnyPiecesHasTheCertificateOfItsNameOrNone(int recordBytes) throws IOException {
        String shown;
        try (TlsSocket client = new TlsSocket(node.address(), AUTHORITY.client(null), "app.example.com", recordBytes)) {
            shown = client.certificate().getSubjectX500Principal().toString();
        } catch (SSLException aborted) {
            shown = "none";
        }
        assertThat(shown).isIn("CN=app.example.com", "none");
    }

    @Test
    void tlsBefore12IsRefused() throws IOException {
        // ClientHello of TLS 1.1 with TLS_RSA_WITH_AES_128_CBC_SHA (RFC 4346, 7.4.1.2).
        String hello = "0302" + "00".repeat(32) + "00" + "0002002f" + "0100";
        String handshake = "01" + HexFormat.of().toHexDigits(hello.length() / 2, 6) + hello;
        String record = "160301" + HexFormat.of().toHexDigits(handshake.length() / 2, 4) + handshake;
        try (RawSocket old = new RawSocket(node.address())) {
            String answer = old.send(HexFormat.of().parseHex(record)).rest();

            // A fatal alert: protocol_version (RFC 8446, 6.2).
            assertThat(answer).startsWith("\u0015\u0003").endsWith("\u0002F");
        }
    }

    @Test
    void plainHttpOnTheTlsPortIsClosedWithoutANoise() throws IOException {
        try (CapturedLog log = CapturedLog.open();
                RawSocket plain = new RawSocket(node.address())) {
            assertThat(plain.send("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n").rest()).doesNotContain("HTTP/1.1");
            assertThat(log.noise()).isEmpty();
        }
    }

    @Test
    void aHelloThatIsCutOffOrTooLargeOrNeverComesIsForgottenAndTheOthersAreServed() throws IOException {
        try (CapturedLog log = CapturedLog.open();
                Client witness = dial(node, trusting(trusting)).open()) {
            witness.expect("welcome");
            long begun = System.nanoTime();
            List<RawSocket> sockets = new ArrayList<>();
            for (String hello : List.of(
                    "",
                    "16",
                    "1603010200",
                    "160301020001",
                    // A handshake message of 16 MiB, announced in nine bytes.
                    "160301400001ffffff",
                    // One of 17 KiB.
                    "160301400001004400" + "00".repeat(4000),
                    // Records without end that bring nothing.
                    "1603010000".repeat(10),
                    // An alert, and application data, before anything else.
                    "15030100020228",
                    "1703030010" + "00".repeat(16))) {
                RawSocket socket = new RawSocket(node.address());
                sockets.add(socket.send(HexFormat.of().parseHex(hello)));
            }
            try (RawSocket cut = new RawSocket(node.address())) {
                cut.send(new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01});
            }
            for (RawSocket socket : sockets) {
                assertThat(socket.rest()).doesNotContain("HTTP/1.1");
                socket.close();
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(9));
            witness.expectNothing();
            assertThat(log.noise()).isEmpty();
        }
    }

    @Test
    void sixteenKiBInRecordsOfOneByteCostLittle() throws IOException {
        byte[] records = HexFormat.of().parseHex("160301000101" + "160301000100".repeat(16_383));
        records[5 + 6] = 0;
        try (Client witness = dial(node, trusting(trusting)).open();
                RawSocket slow = new RawSocket(node.address())) {
            witness.expect("welcome");
            long begun = System.nanoTime();
            try {
                slow.send(records);
            } catch (IOException refusedEarly) {
                // It need not read all of it.
            }
            witness.expectNothing();
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void aCertificateIsAskedForAndNamesThePrincipal(@TempDir Path own) throws Exception {
        X509Bundle alice = AUTHORITY.sign(builder -> builder.subject("CN=alice, OU=trading, O=Example")
                .addSanDnsName("alice.example.com")
                .addExtendedKeyUsageClientAuth());
        try (Node strict = mutual(own, "")) {
            try (Client client = dial(strict, trusting(AUTHORITY.client(alice))).open()) {
                var welcome = client.expect("welcome").json();
                assertThat(welcome.path("user").asString()).isEqualTo("alice");
                assertThat(Instant.parse(welcome.path("expires").asString()))
                        .isEqualTo(alice.getCertificate().getNotAfter().toInstant());
                client.subscribe("users.alice.a").subscribe("trading.b");
                assertThat(client.ask("{\"op\":\"subscribe\",\"topic\":\"users.bob.a\"}")
                                .op())
                        .isEqualTo("error");
            }
            X509Bundle forged = new Authority().sign(builder -> builder.subject("CN=alice"));
            X509Bundle old = AUTHORITY.sign(builder ->
                    builder.subject("CN=alice").notAfter(Instant.now().minusSeconds(5)));
            for (SSLContext bad : List.of(trusting, AUTHORITY.client(forged), AUTHORITY.client(old))) {
                assertThatThrownBy(() -> dial(strict, trusting(bad)).open()).isInstanceOf(RuntimeException.class);
            }
        }
    }

    @Test
    void anOptionalCertificateIsOneWayToSayWhoOneIs(@TempDir Path own) {
        X509Bundle service =
                AUTHORITY.sign(builder -> builder.subject("O=Example").addSanDnsName("billing.example.com"));
        try (Node mild = mutual(own, ", clientCertificate: optional")) {
            try (Client certified =
                    dial(mild, trusting(AUTHORITY.client(service))).open()) {
                assertThat(certified.expect("welcome").json().path("user").asString())
                        .isEqualTo("billing.example.com");
            }
            try (Client token = dial(mild, trusting(trusting))
                            .bearer(Jwt.of("carol").signed())
                            .open();
                    Client both = dial(mild, trusting(AUTHORITY.client(service)))
                            .bearer(Jwt.of("carol").signed())
                            .open();
                    Client silent = dial(mild, trusting(trusting)).open()) {
                assertThat(token.expect("welcome").json().path("user").asString())
                        .isEqualTo("carol");
                assertThat(both.expect("welcome").json().path("user").asString())
                        .isEqualTo("carol");
                assertThat(silent.closed().code()).isEqualTo(4401);
            }
        }
    }

    @Test
    void aNewCertificateIsShownToNewConnectionsAndTheOldOnesGoOn(@TempDir Path own) throws Exception {
        String files = Authority.files(AUTHORITY.server("localhost"), own, "live");
        try (Node live = Node.start("listeners: [{host: 127.0.0.1, port: 0, tls: {" + files + "}}]\n" + Node.OPEN);
                CapturedLog log = CapturedLog.open();
                Client standing = dial(live, trusting(trusting)).open()) {
            standing.expect("welcome");
            assertThat(expiry(live)).isBetween(3000.0, 3600.0);
            var before = serial(live.address());

            Authority.write(own.resolve("live.crt"), "no certificate at all");
            await().atMost(Duration.ofSeconds(10)).until(() -> !log.noise().isEmpty());
            assertThat(log.noise())
                    .singleElement()
                    .asString()
                    .contains("keeps its old certificates", "live.crt has no certificate");
            assertThat(serial(live.address())).isEqualTo(before);
            assertThat(live.metric("sluice_reloads_total{result=\"failed\",what=\"certificates\"}"))
                    .isOne();

            X509Bundle renewed = AUTHORITY.sign(builder -> builder.subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .notAfter(Instant.now().plusSeconds(7200)));
            Authority.files(renewed, own, "live");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> !serial(live.address()).equals(before));
            assertThat(serial(live.address()))
                    .isEqualTo(renewed.getCertificate().getSerialNumber());
            assertThat(expiry(live)).isGreaterThan(6000);
            standing.expectNothing();
        }
    }

    private static Node mutual(Path own, String more) {
        return Node.start("""
                listeners:
                  - {host: 127.0.0.1, port: 0, tls: {%s, clientCa: "%s"%s}}
                insecure: true
                authentication:
                  timeout: 1s
                  rolesClaim: ou
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics: [{match: "#", exchange: amq.topic}]
                permissions:
                  - {role: authenticated, subscribe: ["users.{sub}.#"]}
                  - {role: trading, subscribe: ["trading.#"]}
                """.formatted(
                Authority.files(AUTHORITY.server("localhost"), own, "mutual"), AUTHORITY.certificate(own), more));
    }

    private static double expiry(Node node) {
        return node.operations("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("sluice_certificate_expiry_seconds{listener=\"127.0.0.1:0\"} "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ') + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static java.math.BigInteger serial(InetSocketAddress address) throws IOException {
        try (TlsSocket client = new TlsSocket(address, AUTHORITY.client(null), "localhost", 0)) {
            return client.certificate().getSerialNumber();
        }
    }

    private static HttpClient trusting(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private static Dial dial(Node to, HttpClient http) {
        return new Dial(URI.create("wss://localhost:" + to.address().getPort() + "/ws")).with(http);
    }
}
