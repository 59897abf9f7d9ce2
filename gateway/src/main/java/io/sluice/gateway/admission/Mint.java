package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Date;
import java.util.Map;

/** Tokens for trying things. */
public final class Mint {

    private Mint() {}

    /**
     * Signs a token with HS256, for trying things.
     *
     * @param secret 32 bytes of UTF-8 at least
     * @param claims further claims, JSON values; {@code iss} among them where the gateway knows several secrets
     * @throws IllegalArgumentException where the secret is too short
     */
    public static String token(String secret, String subject, Map<String, Object> claims, Instant expires) {
        JWTClaimsSet.Builder set = new JWTClaimsSet.Builder();
        claims.forEach(set::claim);
        set.subject(subject).expirationTime(Date.from(expires));
        SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), set.build());
        try {
            token.sign(new MACSigner(secret.getBytes(UTF_8)));
        } catch (JOSEException tooShort) {
            throw new IllegalArgumentException("The secret has fewer than 32 bytes: give a longer one.", tooShort);
        }
        return token.serialize();
    }
}
