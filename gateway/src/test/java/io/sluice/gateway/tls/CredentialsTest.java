package io.sluice.gateway.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.sluice.gateway.Authority;
import io.sluice.gateway.config.Tls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates and keys from files, and the sentences about those that cannot be used. */
class CredentialsTest {

    private static final Authority AUTHORITY = new Authority();

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(
            value = CertificateBuilder.Algorithm.class,
            names = {"ecp256", "ecp384", "rsa2048", "ed25519"})
    void aCertificateAndItsKeyAreRead(CertificateBuilder.Algorithm algorithm) throws IOException {
        X509Bundle bundle = AUTHORITY.sign(builder -> builder.subject("CN=a").algorithm(algorithm));

        Credentials read = Credentials.read(files(bundle), Instant.now());

        assertThat(read.chain().get(0)).isEqualTo(bundle.getCertificate());
        assertThat(read.key()).isEqualTo(bundle.getKeyPair().getPrivate());
        assertThat(read.toString()).doesNotContain("PRIVATE");
    }

    @Test
    void aKeyOfAnotherCertificateIsRefused() {
        Tls.Files files = files(AUTHORITY.server("a"));
        Authority.write(Path.of(files.key()), AUTHORITY.server("b").getPrivateKeyPEM());

        assertThatThrownBy(() -> Credentials.read(files, Instant.now()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is not the private key of the first certificate");
    }

    @Test
    void aKeyOfAnotherKindIsRefused() {
        Tls.Files files = files(AUTHORITY.server("a"));
        X509Bundle rsa = AUTHORITY.sign(builder -> builder.subject("CN=b").rsa2048());
        Authority.write(Path.of(files.key()), rsa.getPrivateKeyPEM());

        assertThatThrownBy(() -> Credentials.read(files, Instant.now()))
                .hasMessageContaining("is not the private key of the first certificate");
    }

    @Test
    void aCertificateThatHasExpiredIsRefused() {
        X509Bundle old = AUTHORITY.sign(
                builder -> builder.subject("CN=a").notAfter(Instant.now().minusSeconds(60)));

        assertThatThrownBy(() -> Credentials.read(files(old), Instant.now())).hasMessageContaining("expired on");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"})
    void aKeyOfAnotherFormSaysHowToConvertIt(String label) {
        Tls.Files files = files(AUTHORITY.server("a"));
        Authority.write(Path.of(files.key()), "-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n");

        assertThatThrownBy(() -> Credentials.read(files, Instant.now()))
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt -in " + files.key());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nothing",
                "-----BEGIN CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
                "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----",
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"
            })
    void whatIsNoCertificateIsASentenceThatNamesTheFile(String content) {
        Tls.Files files = files(AUTHORITY.server("a"));
        Authority.write(Path.of(files.certificate()), content);

        assertThatThrownBy(() -> Credentials.read(files, Instant.now()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(files.certificate())
                .hasMessageEndingWith(".");
    }

    private Tls.Files files(X509Bundle bundle) {
        Authority.files(bundle, directory, "a");
        return new Tls.Files(
                directory.resolve("a.crt").toString(),
                directory.resolve("a.key").toString());
    }
}
