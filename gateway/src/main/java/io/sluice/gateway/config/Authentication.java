package io.sluice.gateway.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a client says who it is.
 *
 * @param timeout for the first {@code auth} message of a client that brought no token
 * @param queryToken whether {@code ?access_token=} is looked at
 * @param cookie name of the cookie that may carry the token; empty for none
 * @param rolesClaim name of the claim that lists roles
 * @param hook who is asked about requests that bring no token; null for nobody
 */
public record Authentication(
        boolean anonymous,
        Duration timeout,
        boolean queryToken,
        String cookie,
        String rolesClaim,
        List<Issuer> jwt,
        @Nullable Hook hook) {
    public static final Authentication DEFAULT =
            new Authentication(false, Duration.ofSeconds(10), false, "", "roles", List.of(), null);

    public Authentication {
        jwt = List.copyOf(jwt);
    }

    /**
     * One issuer of tokens: the {@code iss} of a token chooses it.
     *
     * @param audience what {@code aud} must hold; null where it is not looked at
     * @param algorithms those accepted of this issuer, by their JWA names (RFC 7518, 3.1)
     * @param secret for HS256, 32 bytes of UTF-8 at least
     * @param jwksUri where its public keys are (RFC 7517, 5)
     * @param publicKey PEM file with public keys or certificates, as a path from the working directory
     */
    public record Issuer(
            String issuer,
            @Nullable String audience,
            List<String> algorithms,
            @Nullable String secret,
            @Nullable String jwksUri,
            @Nullable String publicKey) {

        public Issuer {
            algorithms = List.copyOf(algorithms);
        }

        @Override
        public String toString() {
            return "Issuer[issuer=%s, audience=%s, algorithms=%s, secret=%s, jwksUri=%s, publicKey=%s]"
                    .formatted(
                            issuer,
                            audience,
                            algorithms,
                            secret == null ? null : Configuration.redacted(secret),
                            jwksUri,
                            publicKey);
        }
    }
}
