package io.sluice.gateway.admission;

import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.policy.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Audience, times and subject of a token (RFC 7519, 4.1). */
final class ClaimChecks {

    /** Clocks may differ so far: for {@code nbf} and {@code iat}, never for {@code exp}. */
    static final Duration GRACE = Duration.ofSeconds(30);

    /** The end of the year 9999; an {@code exp} beyond it, perhaps in milliseconds, is a mistake. */
    private static final double LATEST = 253_402_300_799d;

    private ClaimChecks() {}

    /** What the claims of a token, whose signature fits, say at {@code now}. */
    static TokenResult check(Issuer issuer, Map<String, Object> claims, String rolesClaim, Instant now) {
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
    static @Nullable Instant instant(@Nullable Object claim) {
        if (!(claim instanceof Number number)) {
            return null;
        }
        double seconds = number.doubleValue();
        return seconds >= 0 && seconds <= LATEST
                ? Instant.ofEpochSecond((long) seconds, (long) ((seconds % 1) * 1_000_000_000))
                : null;
    }
}
