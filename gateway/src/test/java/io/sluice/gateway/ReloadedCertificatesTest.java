package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of a certificate that go bad under a port that is served: what was good before is shown on, and why is said. */
@Timeout(120)
final class ReloadedCertificatesTest {

    private static final Authority AUTHORITY = new Authority();

    @TempDir
    private Path directory;

    private enum Spoiled {
        HALF_A_CERTIFICATE("is cut off") {
            @Override
            void spoil(Path certificate, Path key) {
                Authority.write(certificate, half(read(certificate)));
            }
        },
        A_CHAIN_WITHOUT_ITS_END("is cut off") {
            @Override
            void spoil(Path certificate, Path key) {
                Authority.write(certificate, read(certificate) + half(read(certificate)));
            }
        },
        HALF_A_KEY("is cut off") {
            @Override
            void spoil(Path certificate, Path key) {
                Authority.write(key, half(read(key)));
            }
        },
        NOTHING_YET("has no certificate") {
            @Override
            void spoil(Path certificate, Path key) {
                Authority.write(certificate, "");
            }
        },
        A_NEW_CERTIFICATE_WITH_THE_OLD_KEY("is not the private key of the first certificate") {
            @Override
            void spoil(Path certificate, Path key) {
                Authority.write(certificate, AUTHORITY.server("localhost").getCertificatePathPEM());
            }
        },
        AN_EXPIRED_ONE("expired on") {
            @Override
            void spoil(Path certificate, Path key) {
                X509Bundle old = AUTHORITY.sign(builder -> builder.subject("CN=localhost")
                        .addSanDnsName("localhost")
                        .notAfter(Instant.now().minusSeconds(60)));
                Authority.write(certificate, old.getCertificatePathPEM());
                Authority.write(key, old.getPrivateKeyPEM());
            }
        },
        NO_CERTIFICATE("does not exist") {
            @Override
            void spoil(Path certificate, Path key) {
                delete(certificate);
            }
        },
        NO_KEY("does not exist") {
            @Override
            void spoil(Path certificate, Path key) {
                delete(key);
            }
        };

        private final String sentence;

        Spoiled(String sentence) {
            this.sentence = sentence;
        }

        abstract void spoil(Path certificate, Path key);
    }

    @ParameterizedTest
    @EnumSource
    void whatCannotBeUsedLeavesTheOldOneInForceAndSaysWhy(Spoiled spoiled) throws IOException {
        try (Node node = node();
                CapturedLog log = CapturedLog.open();
                Client standing = dial(node).open()) {
            standing.expect("welcome");
            BigInteger before = shown(node);

            spoiled.spoil(directory.resolve("live.crt"), directory.resolve("live.key"));
            node.gateway().files().reportAll();
            await().atMost(Client.PATIENCE).until(() -> !log.noise().isEmpty());

            assertThat(log.noise().get(0))
                    .contains("listener 127.0.0.1:0 keeps its old certificates", directory.toString(), spoiled.sentence)
                    .doesNotContain("PRIVATE");
            assertThat(reloads(node, "failed")).isPositive();
            assertThat(reloads(node, "ok")).isZero();
            assertThat(shown(node)).isEqualTo(before);
            assertThat(node.metric("sluice_certificate_expiry_seconds{listener=\"127.0.0.1:0\"}"))
                    .isPositive();
            try (Client late = dial(node).open()) {
                late.expect("welcome");
                late.subscribe("reloaded");
                standing.ask("{\"op\":\"publish\",\"topic\":\"reloaded\",\"data\":1}");
                late.expect("message");
            }

            Authority.files(AUTHORITY.server("localhost"), directory, "live");
            node.gateway().files().reportAll();
            await().atMost(Client.PATIENCE).until(() -> !shown(node).equals(before));
            assertThat(reloads(node, "ok")).isPositive();
            standing.expectNothing();
        }
    }

    /** By itself: the certificate is there seconds before its key. */
    @Test
    void aPairThatIsWrittenInTwoStepsIsTakenWhenItFits() throws IOException {
        try (Node node = node();
                Client standing = dial(node).open()) {
            standing.expect("welcome");
            BigInteger before = shown(node);
            X509Bundle renewed = AUTHORITY.server("localhost");
            Authority.write(directory.resolve("live.crt"), renewed.getCertificatePathPEM());
            await().atMost(Client.PATIENCE).until(() -> reloads(node, "failed") > 0);
            assertThat(shown(node)).isEqualTo(before);

            Authority.write(directory.resolve("live.key"), renewed.getPrivateKeyPEM());
            await().pollInterval(Duration.ofMillis(200))
                    .atMost(Client.PATIENCE)
                    .until(() -> shown(node).equals(renewed.getCertificate().getSerialNumber()));
            standing.expectNothing();
        }
    }

    private Node node() {
        return Node.start("listeners: [{host: 127.0.0.1, port: 0, tls: {"
                + Authority.files(AUTHORITY.server("localhost"), directory, "live") + "}}]\n" + Node.OPEN);
    }

    private static double reloads(Node node, String result) {
        return node.metric("sluice_reloads_total{result=\"" + result + "\",what=\"certificates\"}");
    }

    private static BigInteger shown(Node node) throws IOException {
        try (TlsSocket client = new TlsSocket(node.address(), AUTHORITY.client(null), "localhost", 0)) {
            return client.certificate().getSerialNumber();
        }
    }

    private static Dial dial(Node node) {
        HttpClient http =
                HttpClient.newBuilder().sslContext(AUTHORITY.client(null)).build();
        return new Dial(URI.create("wss://localhost:" + node.address().getPort() + "/ws")).with(http);
    }

    private static String half(String pem) {
        return pem.substring(0, pem.length() / 2);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
