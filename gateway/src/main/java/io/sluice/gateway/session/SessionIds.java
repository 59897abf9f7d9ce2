package io.sluice.gateway.session;

import java.security.SecureRandom;
import java.util.Base64;

/** Names of sessions: 128 random bits, so that none can be guessed and none meets another on any node. */
final class SessionIds {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private SessionIds() {}

    static String next() {
        byte[] bits = new byte[16];
        RANDOM.nextBytes(bits);
        return ENCODER.encodeToString(bits);
    }
}
