package io.sluice.gateway.admission;

import static io.sluice.gateway.admission.Jwt.HS256;
import static io.sluice.gateway.admission.Jwt.OTHER_SECRET;
import static io.sluice.gateway.admission.Jwt.SECRET;
import static io.sluice.gateway.admission.Jwt.signed;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Authentication;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Principal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);
    private static final Verifying TOKENS = tokens(issuer("backend", null, SECRET));

    @Test
    void aCorrectTokenIsItsPrincipal() {
        String jwt = signed(
                "{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000,\"roles\":[\"trader\"],\"tenant\":\"acme\"}");

        Principal principal = verified(TOKENS, jwt);

        assertThat(principal.issuer()).isEqualTo("backend");
        assertThat(principal.subject()).isEqualTo("alice");
        assertThat(principal.expires()).isEqualTo(Instant.ofEpochSecond(2000));
        assertThat(principal.roles()).containsExactlyInAnyOrder("authenticated", "trader");
        assertThat(principal.claim("sub")).isEqualTo("alice");
        assertThat(principal.claim("tenant")).isEqualTo("acme");
    }

    @Test
    void aMintedTokenIsCorrect() {
        String jwt = Mint.token(SECRET, "alice", Map.of("iss", "backend", "roles", List.of("x")), NOW.plusSeconds(60));

        Principal principal = verified(TOKENS, jwt);

        assertThat(principal.subject()).isEqualTo("alice");
        assertThat(principal.roles()).contains("x");
        assertThat(TOKENS.verify(jwt, NOW.plusSeconds(60))).isEqualTo(new Invalid(Reason.EXPIRED));
        assertThatThrownBy(() -> Mint.token("x".repeat(31), "alice", Map.of(), NOW))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "a.b.c",
                "null",
                "e30.e30.e30",
                "e30.e30.",
                "eyJhbGciOiJIUzI1NiJ9..",
                "eyJhbGciOiJIUzI1NiJ9.bnVsbA.eA",
                "eyJhbGciOiJIUzI1NiJ9.eA.eA"
            })
    void whatIsNoSignedTokenIsMalformed(String jwt) {
        assertThat(TOKENS.verify(jwt, NOW)).isEqualTo(new Invalid(Reason.MALFORMED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "None", "nOnE", "NONE", "", "HS384", "HS512", "RS256", "ES256", "hs256", "HS256 ", "dir"
            })
    void onlyTheAlgorithmsOfTheIssuerAreAccepted(String algorithm) {
        String payload = "{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}";
        String header = "{\"alg\":\"" + algorithm + "\"}";
        String unsigned = Jwt.base64(header.getBytes(UTF_8)) + "." + Jwt.base64(payload.getBytes(UTF_8)) + ".";

        for (String jwt : List.of(signed(header, payload, SECRET), Jwt.signed512(header, payload, SECRET), unsigned)) {
            assertThat(TOKENS.verify(jwt, NOW)).isIn(new Invalid(Reason.ALGORITHM), new Invalid(Reason.MALFORMED));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "null", "7", "\"x\"", "[{}]", "{", "{}{}", ""})
    void aPayloadThatIsNoClaimsIsMalformedThoughWellSigned(String payload) {
        assertInvalid(signed(payload), Reason.MALFORMED);
    }

    @Test
    void aTokenWithoutAnAlgorithmIsMalformed() {
        assertInvalid(signed("{\"typ\":\"JWT\"}", "{\"iss\":\"backend\"}", SECRET), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}",
                "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
                "{\"alg\":\"HS256\",\"b64\":false}"
            })
    void aCriticalHeaderIsRefused(String header) {
        assertThat(TOKENS.verify(signed(header, "{\"iss\":\"backend\",\"sub\":\"a\",\"exp\":2000}", SECRET), NOW))
                .isIn(new Invalid(Reason.UNSUPPORTED_HEADER), new Invalid(Reason.MALFORMED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA\"}",
                "\"jku\":\"https://evil.example/jwks.json\"",
                "\"x5u\":\"https://evil.example/cert.pem\"",
                "\"kid\":\"../../dev/null\"",
                "\"kid\":\"' or 1=1 --\""
            })
    void noHeaderOfATokenChoosesItsKey(String header) {
        String payload = "{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}";
        String forged = signed("{\"alg\":\"HS256\"," + header + "}", payload, OTHER_SECRET);

        assertThat(TOKENS.verify(forged, NOW)).isIn(new Invalid(Reason.SIGNATURE), new Invalid(Reason.MALFORMED));
    }

    @Test
    void anyChangedBitOfTheSignatureIsSeen() {
        String jwt = signed("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}");
        byte[] signature = Base64.getUrlDecoder().decode(jwt.substring(jwt.lastIndexOf('.') + 1));
        for (int bit = 0; bit < signature.length * 8; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertInvalid(jwt.substring(0, jwt.lastIndexOf('.') + 1) + Jwt.base64(changed), Reason.SIGNATURE);
        }
    }

    @Test
    void anyCutTokenIsInvalid() {
        String jwt = signed("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}");
        for (int length = 0; length < jwt.length(); length++) {
            assertThat(TOKENS.verify(jwt.substring(0, length), NOW)).isInstanceOf(Invalid.class);
        }
    }

    @Test
    void noisyTokensAreInvalidAndThrowNothing() {
        Random random = new Random(120);
        String jwt = signed("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}");
        for (int i = 0; i < 2000; i++) {
            char[] noisy = jwt.toCharArray();
            int at = random.nextInt(noisy.length - 2);
            char noise = (char) random.nextInt(i % 2 == 0 ? 128 : 0x10000);
            if (noisy[at] != noise) {
                noisy[at] = noise;
                assertThat(TOKENS.verify(new String(noisy), NOW))
                        .as("seed 120, %d", i)
                        .isInstanceOf(Invalid.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"other\"", "7", "null", "[\"backend\"]", "\"\""})
    void anIssuerThatIsNotConfiguredIsRefused(String issuer) {
        assertInvalid(signed("{\"iss\":" + issuer + ",\"sub\":\"alice\",\"exp\":2000}"), Reason.UNKNOWN_ISSUER);
    }

    @Test
    void aTokenThatNamesNoIssuerIsOfTheOnlyOneWithASecret() {
        String jwt = signed("{\"sub\":\"alice\",\"exp\":2000}");

        assertThat(verified(TOKENS, jwt).issuer()).isEqualTo("backend");
        assertThat(tokens(issuer("backend", null, SECRET), issuer("other", null, OTHER_SECRET))
                        .verify(jwt, NOW))
                .isEqualTo(new Invalid(Reason.UNKNOWN_ISSUER));
        assertThat(tokens().verify(jwt, NOW)).isEqualTo(new Invalid(Reason.UNKNOWN_ISSUER));
    }

    @Test
    void theKeyOfOneIssuerDoesNotSignForAnother() {
        Verifying two = tokens(issuer("backend", null, SECRET), issuer("other", null, OTHER_SECRET));

        assertThat(two.verify(signed(HS256, "{\"iss\":\"other\",\"sub\":\"a\",\"exp\":2000}", SECRET), NOW))
                .isEqualTo(new Invalid(Reason.SIGNATURE));
        assertThat(verified(two, signed(HS256, "{\"iss\":\"other\",\"sub\":\"a\",\"exp\":2000}", OTHER_SECRET))
                        .issuer())
                .isEqualTo("other");
    }

    @Test
    void anIssuerWithPublicKeysTakesNothingThatASecretSigned() {
        Verifying keys = tokens(new Issuer("id", null, List.of("RS256"), null, "https://id.example/jwks.json", null));

        assertThat(keys.verify(signed("{\"iss\":\"id\",\"sub\":\"a\",\"exp\":2000}"), NOW))
                .isEqualTo(new Invalid(Reason.ALGORITHM));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1000.001 | valid",
                "1001 | valid",
                "253402300799 | valid",
                "1000 | EXPIRED",
                "1000.0 | EXPIRED",
                "999.999 | EXPIRED",
                "1e3 | EXPIRED",
                "0 | EXPIRED",
                "-1 | MALFORMED",
                "1e30 | MALFORMED",
                "1e400 | MALFORMED",
                "253402300800 | MALFORMED",
                "9223372036854775807 | MALFORMED",
                "99999999999999999999999 | MALFORMED",
                "\"2000\" | MALFORMED",
                "null | MALFORMED",
                "true | MALFORMED",
                "[2000] | MALFORMED"
            })
    void expIsANumberAndExact(String exp, String expected) {
        assertResult("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":" + exp + "}", expected);
    }

    @Test
    void expIsRequired() {
        assertInvalid(signed("{\"iss\":\"backend\",\"sub\":\"alice\"}"), Reason.MALFORMED);
    }

    @ParameterizedTest
    @CsvSource({
        "nbf, 1030, valid",
        "nbf, 1030.5, NOT_YET_VALID",
        "nbf, 1031, NOT_YET_VALID",
        "iat, 1030, valid",
        "iat, 1031, NOT_YET_VALID",
        "nbf, 1e30, MALFORMED",
        "nbf, \"1\", MALFORMED",
        "iat, null, MALFORMED"
    })
    void nbfAndIatHaveThirtySecondsOfGrace(String claim, String value, String expected) {
        assertResult("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000,\"" + claim + "\":" + value + "}", expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"aud\":\"sluice\" | valid",
                "\"aud\":[\"other\",\"sluice\"] | valid",
                "\"aud\":[\"other\"] | AUDIENCE",
                "\"aud\":\"Sluice\" | AUDIENCE",
                "\"aud\":\"sluice2\" | AUDIENCE",
                "\"aud\":[] | AUDIENCE",
                "\"aud\":[[\"sluice\"]] | AUDIENCE",
                "\"aud\":null | AUDIENCE",
                "\"x\":1 | AUDIENCE"
            })
    void theAudienceIsRequiredWhereOneIsConfigured(String audience, String expected) {
        String jwt = signed("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000," + audience + "}");

        assertThat(tokens(issuer("backend", "sluice", SECRET)).verify(jwt, NOW))
                .matches(result -> is(result, expected));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"x\":1", "\"sub\":\"\"", "\"sub\":7", "\"sub\":null"})
    void theSubjectIsRequired(String subject) {
        assertInvalid(signed("{\"iss\":\"backend\",\"exp\":2000," + subject + "}"), Reason.MALFORMED);
    }

    @Test
    void aTokenHasAtMost8KiB() {
        String fits = sized(8192);

        assertThat(fits).hasSize(8192);
        verified(TOKENS, fits);
        assertInvalid(fits + "x", Reason.TOO_LARGE);
        assertInvalid("x".repeat(9 << 10), Reason.TOO_LARGE);
    }

    @Test
    void deepJsonIsMalformed() {
        String payload = "{\"a\":" + "[".repeat(5000) + "}";

        assertInvalid(signed(payload), Reason.MALFORMED);
        assertThat(TOKENS.verify(
                        signed("{\"iss\":\"backend\",\"a\":" + "[".repeat(2900) + "]".repeat(2900) + "}"), NOW))
                .isInstanceOf(Invalid.class);
    }

    @Test
    void noResultHoldsTheToken() {
        String jwt = signed("{\"iss\":\"backend\",\"sub\":\"alice\",\"exp\":2000}");

        assertThat(TOKENS.verify(jwt, NOW).toString()).doesNotContain("eyJ");
        assertThat(TOKENS.verify(jwt, NOW.plus(Duration.ofDays(1))).toString()).doesNotContain("eyJ");
    }

    private static String sized(int length) {
        for (int fill = 5000; ; fill++) {
            String jwt = signed("{\"iss\":\"backend\",\"sub\":\"" + "x".repeat(fill) + "\",\"exp\":2000}");
            if (jwt.length() >= length) {
                return jwt;
            }
        }
    }

    private static void assertResult(String payload, String expected) {
        assertThat(TOKENS.verify(signed(payload), NOW)).as(payload).matches(result -> is(result, expected));
    }

    private static boolean is(TokenResult result, String expected) {
        return expected.equals("valid")
                ? result instanceof Verified
                : result.equals(new Invalid(Reason.valueOf(expected)));
    }

    private static void assertInvalid(String jwt, Reason reason) {
        assertThat(TOKENS.verify(jwt, NOW)).isEqualTo(new Invalid(reason));
    }

    private static Principal verified(Verifying tokens, String jwt) {
        TokenResult result = tokens.verify(jwt, NOW);
        assertThat(result).isInstanceOf(Verified.class);
        return ((Verified) result).principal();
    }

    private static Issuer issuer(String name, @Nullable String audience, String secret) {
        return new Issuer(name, audience, List.of("HS256"), secret, null, null);
    }

    private static Verifying tokens(Issuer... issuers) {
        try {
            return new Verifying(new Tokens(
                    new Authentication(false, Duration.ofSeconds(10), false, "", "roles", List.of(issuers), null),
                    new Meters(new SimpleMeterRegistry(), List.of()),
                    null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Tokens that a secret signs are verified before {@link Tokens#verify} returns. */
    private record Verifying(Tokens tokens) {

        TokenResult verify(String jwt, Instant now) {
            CompletableFuture<TokenResult> result = tokens.verify(jwt, now);
            assertThat(result).isCompleted();
            return result.join();
        }
    }
}
