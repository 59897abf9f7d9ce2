package io.sluice.gateway.session;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;

/** Names of sessions: 128 random bits, so that none can be guessed and none meets another on any node. A session keeps the bits. */
final class SessionIds {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private SessionIds() {}

    static long nextHalf() {
        return RANDOM.nextLong();
    }

    /** The name of 22 characters that two halves make. */
    static String text(long high, long low) {
        return ENCODER.encodeToString(
                ByteBuffer.allocate(16).putLong(high).putLong(low).array());
    }
}
