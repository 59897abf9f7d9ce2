package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.sluice.gateway.Authority;
import io.sluice.gateway.policy.Principal;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class CertifiedPrincipalTest {

    private static final Authority AUTHORITY = new Authority();

    @Test
    void theCommonNameIsTheSubjectAndTheRestAreClaims() {
        X509Certificate certificate = certificate(builder -> builder.subject("CN=alice,OU=desk,O=Example,C=CH")
                .addSanDnsName("a.example")
                .addSanDnsName("b.example")
                .addSanUriName(URI.create("spiffe://example/a"))
                .addSanRfc822Name("alice@example.com"));
        Principal alice = principal(certificate, "ou");

        assertThat(alice.issuer()).isEqualTo("mtls");
        assertThat(alice.subject()).isEqualTo("alice");
        assertThat(alice.claim("sub")).isEqualTo("alice");
        assertThat(alice.claim("cn")).isEqualTo("alice");
        assertThat(alice.claim("ou")).isEqualTo("desk");
        assertThat(alice.claim("o")).isEqualTo("Example");
        assertThat(alice.claims())
                .containsEntry("dns", List.of("a.example", "b.example"))
                .containsEntry("uri", List.of("spiffe://example/a"))
                .containsEntry("email", List.of("alice@example.com"))
                .doesNotContainKey("c");
        assertThat(alice.roles()).containsExactlyInAnyOrder("authenticated", "desk");
        assertThat(alice.expires()).isEqualTo(certificate.getNotAfter().toInstant());
    }

    @Test
    void withoutACommonNameItIsTheFirstOfUriNameAndMail() {
        assertThat(principal(
                                certificate(builder -> builder.subject("O=Example")
                                        .addSanRfc822Name("a@example.com")
                                        .addSanDnsName("a.example")
                                        .addSanUriName(URI.create("spiffe://example/a"))),
                                "roles")
                        .subject())
                .isEqualTo("spiffe://example/a");
        assertThat(principal(
                                certificate(builder -> builder.subject("O=Example")
                                        .addSanRfc822Name("a@example.com")
                                        .addSanDnsName("a.example")),
                                "roles")
                        .subject())
                .isEqualTo("a.example");
        assertThat(principal(
                                certificate(
                                        builder -> builder.subject("O=Example").addSanRfc822Name("a@example.com")),
                                "roles")
                        .subject())
                .isEqualTo("a@example.com");
    }

    @Test
    void ofTwoCommonNamesTheMoreSpecificCounts() {
        assertThat(principal(certificate(builder -> builder.subject("CN=alice,CN=people,O=Example")), "roles")
                        .subject())
                .isEqualTo("alice");
    }

    @Test
    void whoHasNoNameIsNobody() {
        assertThat(CertifiedPrincipal.of(certificate(builder -> builder.subject("O=Example")), "roles"))
                .isNull();
        assertThat(CertifiedPrincipal.of(
                        certificate(builder -> builder.subject("O=Example").addSanIpAddress("192.0.2.1")), "roles"))
                .isNull();
    }

    private static Principal principal(X509Certificate certificate, String rolesClaim) {
        return Objects.requireNonNull(CertifiedPrincipal.of(certificate, rolesClaim));
    }

    private static X509Certificate certificate(UnaryOperator<CertificateBuilder> form) {
        return AUTHORITY.sign(form).getCertificate();
    }
}
