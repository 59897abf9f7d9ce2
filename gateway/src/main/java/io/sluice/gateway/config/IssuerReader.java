package io.sluice.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.gateway.config.Configuration.Issuer;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One entry of {@code authentication.jwt}: a secret with HMAC algorithms, or public keys with signature algorithms; never both. */
final class IssuerReader {

    /** RFC 7518, 3.2. */
    private static final List<String> HMAC = List.of("HS256", "HS384", "HS512");

    /** RFC 7518, 3.3 to 3.5, and RFC 8037, 3.1. */
    private static final List<String> SIGNATURES =
            List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA");

    /** A key is at least as long as the hash it feeds (RFC 7518, 3.2). */
    private static final int SECRET_BYTES = 32;

    private final Set<String> told = new HashSet<>();

    private IssuerReader() {}

    static List<Issuer> issuers(Section authentication) {
        return authentication.sections("jwt", List.of(), new IssuerReader()::issuer);
    }

    private Issuer issuer(Section section) {
        String name = section.required("issuer");
        String audience = section.text("audience");
        String secret = section.text("secret");
        String jwksUri = section.text("jwksUri");
        List<String> absent = section.has("jwksUri") ? List.of("RS256") : List.of("HS256");
        List<String> algorithms = section.texts("algorithms", absent, IssuerReader::algorithmProblem);
        if (!name.isEmpty() && !told.add(name)) {
            section.problem("issuer", "This issuer has an entry already: join them, or remove one.");
        }
        keyProblems(section, algorithms, secret, jwksUri);
        return new Issuer(name, audience, algorithms, secret, jwksUri);
    }

    private static void keyProblems(
            Section section, List<String> algorithms, @Nullable String secret, @Nullable String jwksUri) {
        if (section.has("secret") == section.has("jwksUri")) {
            section.problem("secret", "An issuer has either secret or jwksUri: give exactly one of them.");
            return;
        }
        if (secret != null && secret.getBytes(UTF_8).length < SECRET_BYTES) {
            section.problem(
                    "secret",
                    "The secret has fewer than %d bytes: make a longer one, such as \"openssl rand -base64 48\" does."
                            .formatted(SECRET_BYTES));
        }
        if (jwksUri != null && !isHttp(jwksUri)) {
            section.problem("jwksUri", "Expected an http or https address, found " + Section.quoted(jwksUri) + ".");
        }
        List<String> fitting = section.has("secret") ? HMAC : SIGNATURES;
        if (algorithms.isEmpty() || !fitting.containsAll(algorithms)) {
            section.problem(
                    "algorithms",
                    "An issuer with %s has algorithms of %s only."
                            .formatted(section.has("secret") ? "a secret" : "a jwksUri", String.join(", ", fitting)));
        }
    }

    private static @Nullable String algorithmProblem(String algorithm) {
        if (HMAC.contains(algorithm) || SIGNATURES.contains(algorithm)) {
            return null;
        }
        return "Expected one of %s, %s; found %s."
                .formatted(String.join(", ", HMAC), String.join(", ", SIGNATURES), Section.quoted(algorithm));
    }

    private static boolean isHttp(String uri) {
        try {
            URI parsed = new URI(uri);
            return parsed.getHost() != null
                    && ("http".equalsIgnoreCase(parsed.getScheme()) || "https".equalsIgnoreCase(parsed.getScheme()));
        } catch (URISyntaxException malformed) {
            return false;
        }
    }
}
