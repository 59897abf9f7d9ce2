package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.US_ASCII;
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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens whose issuer has public keys in a file. */
@Timeout(60)
class PublicKeyTokensTest {

    private static final Instant NOW = Instant.ofEpochSecond(1_000);
    private static final String PAYLOAD = "{\"iss\":\"id\",\"sub\":\"alice\",\"exp\":2000}";
    private static final List<String> ALGORITHMS =
            List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void whatThePrivateKeySignedIsVerifiedWithThePublicOne(String algorithm) throws Exception {
        try (Tokens tokens =
                tokens(List.of(algorithm), KeyPairs.pem(KeyPairs.of(algorithm).getPublic()))) {
            assertThat(verify(tokens, KeyPairs.token(algorithm, "", PAYLOAD, KeyPairs.of(algorithm))))
                    .isInstanceOf(Verified.class);
            // Nobody else's key does.
            assertThat(verify(tokens, KeyPairs.token(algorithm, "", PAYLOAD, another(algorithm))))
                    .isEqualTo(new Invalid(Reason.SIGNATURE));
        }
    }

    private static KeyPair another(String algorithm) {
        return switch (algorithm) {
            case "ES256" -> KeyPairs.ec("secp256r1");
            case "ES384" -> KeyPairs.ec("secp384r1");
            case "ES512" -> KeyPairs.ec("secp521r1");
            case "EdDSA" -> KeyPairs.ed25519();
            default -> KeyPairs.rsa(2048);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65})
    void anEdDsaSignatureOfZerosOrOfAnotherLengthIsRefused(int bytes) throws Exception {
        String input = KeyPairs.input("{\"alg\":\"EdDSA\"}", PAYLOAD);
        try (Tokens tokens = tokens(List.of("EdDSA"), KeyPairs.pem(KeyPairs.ED25519.getPublic()))) {
            assertThat(verify(tokens, input + "." + Jwt.base64(new byte[bytes])))
                    .isInstanceOf(Invalid.class);
        }
    }

    @Test
    void aFileMayHaveSeveralKeysSoThatTheyCanBeChanged() throws Exception {
        String both = KeyPairs.pem(KeyPairs.RSA.getPublic()) + KeyPairs.pem(KeyPairs.P256.getPublic());
        try (Tokens tokens = tokens(List.of("RS256", "ES256"), both)) {
            assertThat(verify(tokens, KeyPairs.token("RS256", ",\"kid\":\"a\"", PAYLOAD, KeyPairs.RSA)))
                    .isInstanceOf(Verified.class);
            assertThat(verify(tokens, KeyPairs.token("ES256", "", PAYLOAD, KeyPairs.P256)))
                    .isInstanceOf(Verified.class);
        }
    }

    @Test
    void anAlgorithmThatTheIssuerDoesNotUseIsRefusedThoughTheKeyWouldFit() throws Exception {
        try (Tokens tokens = tokens(List.of("RS256"), KeyPairs.pem(KeyPairs.RSA.getPublic()))) {
            for (String algorithm : List.of("RS384", "RS512", "PS256", "PS384", "PS512")) {
                assertThat(verify(tokens, KeyPairs.token(algorithm, "", PAYLOAD, KeyPairs.RSA)))
                        .isEqualTo(new Invalid(Reason.ALGORITHM));
            }
        }
    }

    @Test
    void thePublicKeyIsNeverASecret() throws Exception {
        String pem = KeyPairs.pem(KeyPairs.RSA.getPublic());
        try (Tokens tokens = tokens(ALGORITHMS, pem)) {
            for (String secret : List.of(
                    pem, pem.strip(), new String(KeyPairs.RSA.getPublic().getEncoded(), US_ASCII))) {
                assertThat(verify(tokens, Jwt.signed("{\"alg\":\"HS256\"}", PAYLOAD, secret)))
                        .isEqualTo(new Invalid(Reason.ALGORITHM));
                // The same bytes, called what the issuer uses.
                assertThat(verify(tokens, Jwt.signed("{\"alg\":\"RS256\"}", PAYLOAD, secret)))
                        .isEqualTo(new Invalid(Reason.SIGNATURE));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "nOnE", "NONE"})
    void noSignatureIsNone(String algorithm) throws Exception {
        try (Tokens tokens = tokens(ALGORITHMS, KeyPairs.pem(KeyPairs.RSA.getPublic()))) {
            String input = KeyPairs.input("{\"alg\":\"" + algorithm + "\"}", PAYLOAD);
            assertThat(verify(tokens, input + ".")).isInstanceOf(Invalid.class);
            assertThat(verify(tokens, input + ".AA")).isInstanceOf(Invalid.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "ES384", "ES512"})
    void anEcSignatureOfZerosIsRefused(String algorithm) throws Exception {
        int bytes = algorithm.equals("ES256") ? 64 : algorithm.equals("ES384") ? 96 : 132;
        try (Tokens tokens =
                tokens(List.of(algorithm), KeyPairs.pem(KeyPairs.of(algorithm).getPublic()))) {
            String input = KeyPairs.input("{\"alg\":\"" + algorithm + "\"}", PAYLOAD);
            for (int length : List.of(0, 1, bytes / 2, bytes - 1, bytes, bytes + 1)) {
                assertThat(verify(tokens, input + "." + Jwt.base64(new byte[length])))
                        .isInstanceOf(Invalid.class);
            }
            byte[] ones = new byte[bytes];
            Arrays.fill(ones, (byte) 0xff);
            assertThat(verify(tokens, input + "." + Jwt.base64(ones))).isEqualTo(new Invalid(Reason.SIGNATURE));
        }
    }

    @Test
    void aKeyThatTheTokenBringsIsNotLookedAt() throws Exception {
        var mine = KeyPairs.rsa(2048);
        String jwk = KeyPairs.jwk(mine.getPublic(), "");
        try (Tokens tokens = tokens(List.of("RS256"), KeyPairs.pem(KeyPairs.RSA.getPublic()))) {
            for (String more : List.of(
                    ",\"jwk\":" + jwk,
                    ",\"jku\":\"http://127.0.0.1:1/jwks.json\"",
                    ",\"x5u\":\"http://127.0.0.1:1/cert.pem\"",
                    ",\"kid\":\"../../dev/null\"",
                    ",\"kid\":\"' or '1'='1\"",
                    ",\"kid\":\"\\u0000\"",
                    ",\"kid\":\"" + "k".repeat(4000) + "\"")) {
                assertThat(verify(tokens, KeyPairs.token("RS256", more, PAYLOAD, mine)))
                        .isEqualTo(new Invalid(Reason.SIGNATURE));
            }
        }
    }

    @Test
    void aTokenInATokenAndAnEncryptedOneAreMalformed() throws Exception {
        String inner = KeyPairs.token("RS256", "", PAYLOAD, KeyPairs.RSA);
        try (Tokens tokens = tokens(List.of("RS256"), KeyPairs.pem(KeyPairs.RSA.getPublic()))) {
            assertThat(verify(tokens, KeyPairs.token("RS256", ",\"cty\":\"JWT\"", inner, KeyPairs.RSA)))
                    .isEqualTo(new Invalid(Reason.MALFORMED));
            String encrypted = Jwt.base64("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}".getBytes(UTF_8)) + "..AAAA.AAAA.AAAA";
            assertThat(verify(tokens, encrypted)).isEqualTo(new Invalid(Reason.MALFORMED));
        }
    }

    @Test
    void anyChangedByteOfASignedTokenIsSeen() throws Exception {
        String token = KeyPairs.token("ES256", "", PAYLOAD, KeyPairs.P256);
        try (Tokens tokens = tokens(List.of("ES256"), KeyPairs.pem(KeyPairs.P256.getPublic()))) {
            for (int at = 0; at < token.length() - 1; at++) {
                char changed = token.charAt(at) == 'A' ? 'B' : 'A';
                String other = token.substring(0, at) + changed + token.substring(at + 1);
                assertThat(verify(tokens, other)).as("byte %d", at).isInstanceOf(Invalid.class);
            }
        }
    }

    @Test
    void aKeyThatIsTooSmallOrPrivateIsASentenceAtTheStart() {
        String small = KeyPairs.pem(KeyPairs.rsa(1024).getPublic());
        assertThatThrownBy(() -> tokens(List.of("RS256"), small).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("RSA has 2048 to 8192 bits");
        assertThatThrownBy(
                        () -> tokens(List.of("RS256"), "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
                                .close())
                .hasMessageContaining("keep the public one only");
        assertThatThrownBy(() -> tokens(List.of("RS256"), "nothing").close()).hasMessageContaining("has no public key");
    }

    @Test
    void manyAtOnceAreAllVerified() throws Exception {
        String token = KeyPairs.token("RS256", "", PAYLOAD, KeyPairs.RSA);
        try (Tokens tokens = tokens(List.of("RS256"), KeyPairs.pem(KeyPairs.RSA.getPublic()))) {
            List<java.util.concurrent.CompletableFuture<TokenResult>> all = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                all.add(tokens.verify(token, NOW));
            }
            for (var one : all) {
                assertThat(one.get(30, TimeUnit.SECONDS)).isInstanceOf(Verified.class);
            }
        }
    }

    private Tokens tokens(List<String> algorithms, String pem) throws IOException {
        Path file = Files.writeString(directory.resolve("keys.pem"), pem);
        return new Tokens(
                new Authentication(
                        false,
                        Duration.ofSeconds(10),
                        false,
                        "",
                        "roles",
                        List.of(new Issuer("id", null, algorithms, null, null, file.toString())),
                        null),
                new Meters(new SimpleMeterRegistry(), List.of()),
                null);
    }

    private static TokenResult verify(Tokens tokens, String jwt) throws Exception {
        return tokens.verify(jwt, NOW).get(10, TimeUnit.SECONDS);
    }
}
