package io.sluice.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.gateway.config.Authentication.Issuer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One entry of {@code authentication.jwt}: a secret with HMAC algorithms, or public keys with signature algorithms; never
 * both, since a public key that were taken for a secret would let everybody sign. */
final class IssuerReader {

    /** RFC 7518, 3.2. */
    private static final List<String> HMAC = List.of("HS256", "HS384", "HS512");

    /** RFC 7518, 3.3 to 3.5, and RFC 8037, 3.1. */
    private static final List<String> SIGNATURES =
            List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    /** Principals that no token names have these issuers. */
    private static final Set<String> RESERVED = Set.of("mtls", "hook");

    private final PathReader files;
    private final Set<String> told = new HashSet<>();

    private IssuerReader(PathReader files) {
        this.files = files;
    }

    static List<Issuer> issuers(Section authentication, PathReader files) {
        return authentication.sections("jwt", List.of(), new IssuerReader(files)::issuer);
    }

    private Issuer issuer(Section section) {
        String name = section.required("issuer");
        String audience = section.text("audience");
        String secret = section.text("secret");
        String jwksUri = section.text("jwksUri");
        String publicKey = files.optional(section, "publicKey");
        List<String> absent = section.has("secret") ? List.of("HS256") : List.of("RS256");
        List<String> algorithms = section.texts("algorithms", absent, IssuerReader::algorithmProblem);
        if (!name.isEmpty() && !told.add(name)) {
            section.problem("issuer", "This issuer has an entry already: join them, or remove one.");
        }
        if (RESERVED.contains(name)) {
            section.problem("issuer", "Those that come with no token are called so: choose another name.");
        }
        keyProblems(section, algorithms, secret, jwksUri);
        return new Issuer(name, audience, algorithms, secret, jwksUri, publicKey);
    }

    private static void keyProblems(
            Section section, List<String> algorithms, @Nullable String secret, @Nullable String jwksUri) {
        boolean publicKeys = section.has("jwksUri") || section.has("publicKey");
        if (section.has("secret") == publicKeys) {
            section.problem("secret", "An issuer has either secret or jwksUri or publicKey: give one of them.");
            return;
        }
        if (secret != null && secret.getBytes(UTF_8).length < secretBytes(algorithms)) {
            section.problem(
                    "secret",
                    "The secret has fewer than %d bytes: make a longer one, such as \"openssl rand -base64 48\" does."
                            .formatted(secretBytes(algorithms)));
        }
        if (jwksUri != null && !HttpAddress.is(jwksUri)) {
            section.problem("jwksUri", "Expected an http or https address, found " + Section.quoted(jwksUri) + ".");
        }
        List<String> fitting = section.has("secret") ? HMAC : SIGNATURES;
        if (algorithms.isEmpty() || !fitting.containsAll(algorithms)) {
            section.problem(
                    "algorithms",
                    "An issuer with %s has algorithms of %s only."
                            .formatted(section.has("secret") ? "a secret" : "public keys", String.join(", ", fitting)));
        }
    }

    private static @Nullable String algorithmProblem(String algorithm) {
        if (HMAC.contains(algorithm) || SIGNATURES.contains(algorithm)) {
            return null;
        }
        return "Expected one of %s, %s; found %s."
                .formatted(String.join(", ", HMAC), String.join(", ", SIGNATURES), Section.quoted(algorithm));
    }

    /** A key is at least as long as the hash it feeds, in bytes (RFC 7518, 3.2). */
    private static int secretBytes(List<String> algorithms) {
        return algorithms.contains("HS512") ? 64 : algorithms.contains("HS384") ? 48 : 32;
    }
}
