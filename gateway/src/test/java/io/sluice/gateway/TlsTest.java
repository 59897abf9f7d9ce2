package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code wss}, with a certificate that the JDK's keytool signed for itself. */
@Timeout(120)
final class TlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    private static Path directory;

    private static KeyStore keys;
    private static Node node;

    @BeforeAll
    static void start() throws Exception {
        keys = keyStore();
        Path certificate = pem("CERTIFICATE", keys.getCertificate("sluice").getEncoded());
        Key key = keys.getKey("sluice", PASSWORD);
        String tls = "{certificate: \"" + certificate + "\", key: \"" + pem("PRIVATE KEY", key.getEncoded()) + "\"}";
        node = Node.start("listeners: [{host: 127.0.0.1, port: 0, tls: " + tls + "}]\n" + Node.OPEN);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientThatTrustsTheCertificateSubscribesAndPublishes(String protocol) throws Exception {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        HttpClient http = HttpClient.newBuilder()
                .sslContext(trusting())
                .sslParameters(parameters)
                .build();
        try (Client client = dial(http).open()) {
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

    private static SSLSocket tls(String protocol) throws GeneralSecurityException, IOException {
        SSLSocket socket = (SSLSocket) trusting().getSocketFactory().createSocket();
        socket.setEnabledProtocols(new String[] {protocol});
        return socket;
    }

    @Test
    void aClientThatDoesNotTrustItGivesUpAndNobodyElseNotices() throws Exception {
        try (Client witness =
                dial(HttpClient.newBuilder().sslContext(trusting()).build()).open()) {
            witness.expect("welcome");
            assertThatThrownBy(() -> dial(HttpClient.newHttpClient()).open()).hasStackTraceContaining("SSL");
            witness.expectNothing();
        }
    }

    @Test
    void plainHttpOnTheTlsPortIsClosedWithoutANoise() throws IOException {
        try (CapturedLog log = CapturedLog.open();
                RawSocket plain = new RawSocket(node.address())) {
            assertThat(plain.send("GET /ws HTTP/1.1\r\nHost: a\r\n\r\n").rest()).doesNotContain("HTTP/1.1 2");
            assertThat(log.noise()).isEmpty();
        }
    }

    @Test
    void aTlsHandshakeThatIsCutOffIsForgotten() throws IOException {
        try (CapturedLog log = CapturedLog.open()) {
            try (RawSocket cut = new RawSocket(node.address())) {
                cut.send(new byte[] {0x16, 0x03, 0x01, 0x02, 0x00, 0x01});
            }
            assertThat(node.operations("/health/live").statusCode()).isEqualTo(200);
            assertThat(log.noise()).isEmpty();
        }
    }

    private static Dial dial(HttpClient http) {
        return new Dial(URI.create("wss://localhost:" + node.address().getPort() + "/ws")).with(http);
    }

    private static SSLContext trusting() throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("sluice", keys.getCertificate("sluice"));
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static KeyStore keyStore() throws Exception {
        Path file = directory.resolve("keys.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "sluice",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        new String(PASSWORD),
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("keytool.log").toFile())
                .start();
        assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream content = Files.newInputStream(file)) {
            store.load(content, PASSWORD);
        }
        return store;
    }

    private static Path pem(String what, byte[] content) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return Files.writeString(
                directory.resolve(what.replace(' ', '-') + ".pem"),
                "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n",
                US_ASCII);
    }
}
