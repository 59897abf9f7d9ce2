package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code amqps} to a RabbitMQ with TLS: whom the gateway trusts, and whom not. */
@Timeout(180)
final class AmqpsTest {

    private static final Authority AUTHORITY = new Authority();

    @TempDir
    private static Path directory;

    private static TestBroker broker;
    private static int port;

    /** Its certificate is for the name localhost, and not for the address 127.0.0.1. */
    @BeforeAll
    static void start() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Authority.files(AUTHORITY.server("localhost"), directory, "broker");
        broker = TestBroker.ofItsOwn(
                "listeners.ssl.1 = 127.0.0.1:" + port,
                "ssl_options.cacertfile = " + AUTHORITY.certificate(directory),
                "ssl_options.certfile = " + directory.resolve("broker.crt"),
                "ssl_options.keyfile = " + directory.resolve("broker.key"),
                "ssl_options.verify = verify_peer",
                "ssl_options.fail_if_no_peer_cert = false");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void aBrokerOfTheAuthorityIsTrustedUnderItsName() {
        try (Node node = Node.start(broker, yaml("localhost", "tls: {ca: \"" + directory.resolve("ca.pem") + "\"}"));
                Client client = node.connect()) {
            client.subscribe("amqps");
            assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"amqps\",\"data\":1}")
                            .op())
                    .isIn("ok", "message");
        }
    }

    @Test
    void theGatewayMayShowACertificateOfItsOwn() {
        String own = Authority.files(AUTHORITY.sign(builder -> builder.subject("CN=gateway")), directory, "gateway");
        String tls = "tls: {ca: \"" + directory.resolve("ca.pem") + "\", " + own + "}";
        try (Node node = Node.start(broker, yaml("localhost", tls))) {
            assertThat(node.operations("/health/ready").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void anotherHostNameIsRefused() {
        assertRefused(
                yaml("127.0.0.1", "tls: {ca: \"" + directory.resolve("ca.pem") + "\"}"),
                "is for another host name than that in amqp.uris");
    }

    @Test
    void whomTheJvmDoesNotTrustIsRefusedWithoutACa() {
        assertRefused(yaml("localhost", ""), "Name whoever signed the broker's certificate in amqp.tls.ca");
    }

    @Test
    void anotherAuthorityIsRefused(@TempDir Path other) {
        Path ca = new Authority().certificate(other);
        assertRefused(
                yaml("localhost", "tls: {ca: \"" + ca + "\"}"),
                "Name whoever signed the broker's certificate in amqp.tls.ca");
    }

    @Test
    void plainAmqpToAPortOfTlsIsToldWhatThePortWants() {
        assertRefused(yaml("localhost", "").replace("amqps://", "amqp://"), "A port of TLS wants amqps.");
    }

    /** TLS ends before a word of AMQP, so it needs no broker. */
    @Test
    void aBrokerWhoseCertificateHasExpiredIsRefused(@TempDir Path own) throws Exception {
        try (ServerSocket expired = AUTHORITY.expiredServer()) {
            assertRefused(
                    yaml("localhost", expired.getLocalPort(), "tls: {ca: \"" + AUTHORITY.certificate(own) + "\"}"),
                    "The broker's certificate is out of its time: renew it.");
        }
    }

    private static void assertRefused(String yaml, String reason) {
        try (CapturedLog log = CapturedLog.open();
                Node node = Node.startWithoutWaiting(broker, yaml)) {
            await().atMost(Duration.ofSeconds(30)).until(() -> log.text().contains(reason));
            assertThat(node.operations("/health/ready").statusCode()).isEqualTo(503);
            assertThat(log.text()).doesNotContain("guest:guest", "\tat ");
        }
    }

    private static String yaml(String host, String tls) {
        return yaml(host, port, tls);
    }

    private static String yaml(String host, int port, String tls) {
        return "amqp: {uris: [\"amqps://guest:guest@%s:%d/%%2f\"]%s}\n"
                        .formatted(host, port, tls.isEmpty() ? "" : ", " + tls)
                + Node.OPEN;
    }
}
