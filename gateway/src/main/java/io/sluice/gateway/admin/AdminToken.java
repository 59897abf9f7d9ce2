package io.sluice.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The secret that opens the admin API. How long a comparison takes tells nothing about it, its length included. */
final class AdminToken {

    private static final String SCHEME = "bearer ";

    private final byte[] digest;

    AdminToken(String token) {
        digest = digest(token);
    }

    /** Whether the header {@code Authorization} carries it (RFC 6750, 2.1). */
    boolean isIn(@Nullable String authorization) {
        if (authorization == null || !authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)) {
            return false;
        }
        return MessageDigest.isEqual(
                digest, digest(authorization.substring(SCHEME.length()).strip()));
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
