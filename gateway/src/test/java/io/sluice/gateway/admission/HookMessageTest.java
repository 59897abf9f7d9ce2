package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.policy.Principal;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HookMessageTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);

    @Test
    void theHookIsShownTheHeadersThatAreNamedAndNoOther() {
        HttpHeaders headers = new DefaultHttpHeaders()
                .add("Authorization", "Basic YQ==")
                .add("X-Other", "secret")
                .add("Cookie", "a=1")
                .add("Cookie", "b=2")
                .add("Accept-Language", "de")
                .add("Accept-Language", "en");

        byte[] question = HookMessage.question(
                headers,
                List.of("authorization", "cookie", "accept-language", "absent"),
                InetAddress.getLoopbackAddress(),
                "/ws");

        assertThat(new String(question, UTF_8)).isEqualTo("""
                {"headers":{"authorization":"Basic YQ==","cookie":"a=1; b=2","accept-language":"de, en"},\
                "remoteAddress":"127.0.0.1","path":"/ws"}""");
    }

    @Test
    void anAnswerNamesAPrincipalWithItsRolesAndClaims() {
        Principal alice = principal("""
                {"subject": "alice", "roles": ["trader"], "claims": {"tenant": "acme", "n": 1}, "expires": 2000}""");

        assertThat(Objects.requireNonNull(alice).issuer()).isEqualTo("hook");
        assertThat(alice.subject()).isEqualTo("alice");
        assertThat(alice.roles()).containsExactlyInAnyOrder("authenticated", "trader");
        assertThat(alice.claim("tenant")).isEqualTo("acme");
        assertThat(alice.claim("sub")).isEqualTo("alice");
        assertThat(alice.expires()).isEqualTo(Instant.ofEpochSecond(2_000));
    }

    @Test
    void rolesMayStandAmongTheClaimsAndThoseBesideThemWin() {
        assertThat(roles("{\"subject\": \"a\", \"claims\": {\"roles\": [\"b\"]}}"))
                .containsExactlyInAnyOrder("authenticated", "b");
        assertThat(roles("{\"subject\": \"a\", \"claims\": {\"roles\": [\"b\"]}, \"roles\": [\"c\"]}"))
                .containsExactlyInAnyOrder("authenticated", "c");
        assertThat(roles("{\"subject\": \"a\", \"claims\": {\"sub\": \"bob\"}}"))
                .containsExactly("authenticated");
    }

    @Test
    void theSubjectIsNotThatOfTheClaims() {
        Principal principal = principal("{\"subject\": \"a\", \"claims\": {\"sub\": \"bob\"}}");

        assertThat(Objects.requireNonNull(principal).claim("sub")).isEqualTo("a");
    }

    @Test
    void anAnswerThatDoesNotSayHowLongIsGoodForAnHour() {
        Principal principal = principal("{\"subject\": \"a\"}");

        assertThat(Objects.requireNonNull(principal).expires()).isEqualTo(NOW.plusSeconds(3600));
    }

    @Test
    void aTimeIsWrittenAsInATokenOrAsRfc3339() {
        Principal principal = principal("{\"subject\": \"a\", \"expires\": \"2999-01-01T00:00:00Z\"}");

        assertThat(Objects.requireNonNull(principal).expires()).isEqualTo(Instant.parse("2999-01-01T00:00:00Z"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "alice",
                "[]",
                "{}",
                "{\"subject\": \"\"}",
                "{\"subject\": 1}",
                "{\"subject\": \"a\", \"subject\": \"b\"}",
                "{\"subject\": \"a\"} junk",
                "{\"subject\": \"a\", \"expires\": null}",
                "{\"subject\": \"a\", \"expires\": \"tomorrow\"}",
                "{\"subject\": \"a\", \"expires\": []}",
                "{\"subject\": \"a\", \"roles\": \"trader\"}",
                "{\"subject\": \"a\", \"roles\": [1]}",
                "{\"subject\": \"a\", \"roles\": null}",
                "{\"subject\": \"a\", \"claims\": []}"
            })
    void whatIsNoSuchAnswerNamesNobody(String body) {
        assertThat(principal(body)).isNull();
    }

    @Test
    void claimsMayBeDeepButNotDeeperThanThirtyTwo() {
        assertThat(principal(deep(30))).isNotNull();
        assertThat(principal(deep(31))).isNull();
    }

    /** {@code arrays} of them within two objects. */
    private static String deep(int arrays) {
        return "{\"subject\": \"a\", \"claims\": {\"c\": " + "[".repeat(arrays) + "]".repeat(arrays) + "}}";
    }

    private static Iterable<String> roles(String body) {
        return Objects.requireNonNull(principal(body)).roles();
    }

    private static @Nullable Principal principal(String body) {
        return HookMessage.principal(body.getBytes(UTF_8), "roles", NOW);
    }
}
