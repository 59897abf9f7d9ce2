package io.sluice.gateway.policy;

import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a session acts for: what a verified token says, or {@link #ANONYMOUS}. Immutable.
 *
 * @param issuer {@code iss}; empty for anonymous
 * @param subject {@code sub}; empty for anonymous
 * @param claims all claims of the token, values as JSON has them: String, Number, Boolean, List, Map or null
 * @param roles what its roles claim lists, and {@link #AUTHENTICATED}
 * @param expires {@code exp}; null for anonymous
 */
public record Principal(
        String issuer,
        String subject,
        Map<String, Object> claims,
        Set<String> roles,
        @Nullable Instant expires) {

    /** Nobody in particular. */
    public static final Principal ANONYMOUS = new Principal("", "", Map.of(), Set.of(), null);

    /** The role of everyone who came with a token. */
    public static final String AUTHENTICATED = "authenticated";

    /** The one claim whose single text is a list, parted by spaces (RFC 8693, 4.2). */
    private static final String SCOPE = "scope";

    public Principal {
        claims = Collections.unmodifiableMap(new LinkedHashMap<>(claims));
        roles = Set.copyOf(roles);
    }

    /**
     * The principal of a verified token.
     *
     * @param rolesClaim the claim that lists roles, as a list of texts or one text; found as {@link #claim} finds one
     */
    public static Principal of(
            String issuer, String subject, Map<String, Object> claims, String rolesClaim, Instant expires) {
        Set<String> roles = new HashSet<>();
        roles.add(AUTHENTICATED);
        Object listed = find(claims, rolesClaim);
        if (listed instanceof List<?> list) {
            for (Object role : list) {
                if (role instanceof String text) {
                    roles.add(text);
                }
            }
        } else if (listed instanceof String text) {
            roles.addAll(rolesClaim.equals(SCOPE) ? List.of(text.split(" ", -1)) : List.of(text));
        }
        return new Principal(issuer, subject, claims, roles, expires);
    }

    /** Whether no token stands behind it. */
    public boolean anonymous() {
        return expires == null;
    }

    /** Whether a token may replace this one in a session: both speak for the same subject of the same issuer. */
    public boolean sameAs(Principal other) {
        return issuer.equals(other.issuer) && subject.equals(other.subject);
    }

    /**
     * The text of the claim {@code name}, or of {@code name} as a way through nested claims parted by dots; null where there is none or it
     * is no text.
     */
    public @Nullable String claim(String name) {
        return find(claims, name) instanceof String text ? text : null;
    }

    /** Without the claims, which may be personal. */
    @Override
    public String toString() {
        return anonymous() ? "anonymous" : subject + " of " + issuer;
    }

    private static @Nullable Object find(Map<?, ?> claims, String name) {
        if (claims.containsKey(name)) {
            return claims.get(name);
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            if (claims.get(name.substring(0, dot)) instanceof Map<?, ?> nested) {
                return find(nested, name.substring(dot + 1));
            }
        }
        return null;
    }
}
