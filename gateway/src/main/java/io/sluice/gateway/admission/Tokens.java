package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Configuration.Authentication;
import io.sluice.gateway.config.Configuration.Issuer;
import io.sluice.gateway.policy.Principal;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies JSON Web Tokens (RFC 7519, RFC 8725). The {@code iss} chooses the issuer, the issuer's configuration the key and the
 * algorithms; nothing in a token's header ever chooses a key. Immutable, any thread; a verification costs one HMAC.
 */
public final class Tokens {

    /** Characters of a token. */
    static final int MAX_LENGTH = 8 << 10;

    /** Clocks may differ so far: for {@code nbf} and {@code iat}, never for {@code exp}. */
    static final Duration GRACE = Duration.ofSeconds(30);

    /** The end of the year 9999; an {@code exp} beyond it, perhaps in milliseconds, is a mistake. */
    private static final double LATEST = 253_402_300_799d;

    private final Map<String, Keys> issuers = new HashMap<>();
    private final String rolesClaim;
    /** The issuer of tokens that name none: the only one with a secret, as knowing that says who it is. */
    private final @Nullable Keys unnamed;

    public Tokens(Authentication authentication) {
        rolesClaim = authentication.rolesClaim();
        authentication.jwt().forEach(issuer -> issuers.put(issuer.issuer(), Keys.of(issuer)));
        List<Keys> secrets =
                issuers.values().stream().filter(keys -> keys.verifier != null).toList();
        unnamed = secrets.size() == 1 ? secrets.get(0) : null;
    }

    /** What {@code jwt}, in compact serialization (RFC 7515, 3.1), is worth at {@code now}. */
    public TokenResult verify(String jwt, Instant now) {
        if (jwt.length() > MAX_LENGTH) {
            return new Invalid(Reason.TOO_LARGE);
        }
        try {
            JWSObject token = JWSObject.parse(jwt);
            Map<String, Object> claims = token.getPayload().toJSONObject();
            return claims == null ? new Invalid(Reason.MALFORMED) : verify(token, claims, now);
        } catch (ParseException | IllegalArgumentException malformed) {
            return new Invalid(Reason.MALFORMED);
        }
    }

    /**
     * Signs a token with HS256, for trying things.
     *
     * @param secret 32 bytes of UTF-8 at least
     * @param claims further claims, JSON values; {@code iss} among them where the gateway knows several secrets
     * @throws IllegalArgumentException where the secret is too short
     */
    public static String mint(String secret, String subject, Map<String, Object> claims, Instant expires) {
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

    private TokenResult verify(JWSObject token, Map<String, Object> claims, Instant now) {
        JWSHeader header = token.getHeader();
        if (header.getCriticalParams() != null || !header.isBase64URLEncodePayload()) {
            return new Invalid(Reason.UNSUPPORTED_HEADER);
        }
        Keys keys = claims.containsKey("iss") ? named(claims.get("iss")) : unnamed;
        if (keys == null) {
            return new Invalid(Reason.UNKNOWN_ISSUER);
        }
        if (keys.verifier == null
                || !keys.issuer.algorithms().contains(header.getAlgorithm().getName())) {
            return new Invalid(Reason.ALGORITHM);
        }
        if (!keys.signed(token, keys.verifier)) {
            return new Invalid(Reason.SIGNATURE);
        }
        return signed(keys.issuer, claims, now);
    }

    private @Nullable Keys named(@Nullable Object issuer) {
        return issuer instanceof String name ? issuers.get(name) : null;
    }

    private TokenResult signed(Issuer issuer, Map<String, Object> claims, Instant now) {
        if (issuer.audience() != null && !hasAudience(claims.get("aud"), issuer.audience())) {
            return new Invalid(Reason.AUDIENCE);
        }
        Instant expires = instant(claims.get("exp"));
        boolean dated = isInstantOrAbsent(claims, "nbf") && isInstantOrAbsent(claims, "iat");
        if (expires == null || !dated || !(claims.get("sub") instanceof String subject) || subject.isEmpty()) {
            return new Invalid(Reason.MALFORMED);
        }
        // "on or after which the JWT MUST NOT be accepted" (RFC 7519, 4.1.4)
        if (!now.isBefore(expires)) {
            return new Invalid(Reason.EXPIRED);
        }
        if (isAhead(claims.get("nbf"), now) || isAhead(claims.get("iat"), now)) {
            return new Invalid(Reason.NOT_YET_VALID);
        }
        return new Verified(Principal.of(issuer.issuer(), subject, claims, rolesClaim, expires));
    }

    private static boolean hasAudience(@Nullable Object claimed, String audience) {
        return claimed instanceof List<?> list ? list.contains(audience) : audience.equals(claimed);
    }

    private static boolean isAhead(@Nullable Object claim, Instant now) {
        Instant instant = instant(claim);
        return instant != null && instant.isAfter(now.plus(GRACE));
    }

    private static boolean isInstantOrAbsent(Map<String, Object> claims, String name) {
        return !claims.containsKey(name) || instant(claims.get(name)) != null;
    }

    /** A NumericDate, which may have a fraction (RFC 7519, 2); null where it is none. */
    private static @Nullable Instant instant(@Nullable Object claim) {
        if (!(claim instanceof Number number)) {
            return null;
        }
        double seconds = number.doubleValue();
        return seconds >= 0 && seconds <= LATEST
                ? Instant.ofEpochSecond((long) seconds, (long) ((seconds % 1) * 1_000_000_000))
                : null;
    }

    /** An issuer and what verifies its tokens; null where none of its algorithms is supported. */
    private record Keys(Issuer issuer, @Nullable JWSVerifier verifier) {

        static Keys of(Issuer issuer) {
            if (issuer.secret() == null || !issuer.algorithms().contains(JWSAlgorithm.HS256.getName())) {
                return new Keys(issuer, null);
            }
            try {
                return new Keys(issuer, new MACVerifier(issuer.secret().getBytes(UTF_8)));
            } catch (JOSEException tooShort) {
                throw new IllegalArgumentException("issuer " + issuer.issuer() + ": secret below 32 bytes", tooShort);
            }
        }

        boolean signed(JWSObject token, JWSVerifier verifier) {
            try {
                return token.verify(verifier);
            } catch (JOSEException unusable) {
                return false;
            }
        }
    }
}
