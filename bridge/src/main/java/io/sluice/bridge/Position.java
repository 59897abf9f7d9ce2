package io.sluice.bridge;

import java.nio.ByteBuffer;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * A place in a rule's history that means the same on every node and after every restart. It says that everything up to {@code offset}
 * was seen, and carries a marker by which the log is known again. To clients it is an opaque string; a forged one is merely unknown.
 *
 * @param marker a marker of the same log, mostly at or before {@code offset}
 * @param offset the last offset seen; -1: none
 */
public record Position(Marker marker, long offset) {

    private static final byte VERSION = 1;
    private static final int BYTES = 1 + Integer.BYTES + 4 * Long.BYTES;

    /** As clients see it: 50 characters of base64url. */
    public String text() {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES)
                .put(VERSION)
                .putInt(marker.stream())
                .putLong(marker.offset())
                .putLong(marker.high())
                .putLong(marker.low())
                .putLong(offset);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /** Reads what {@link #text} wrote; null for anything else. */
    public static @Nullable Position parse(String text) {
        byte[] decoded;
        try {
            decoded = Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(decoded);
        if (decoded.length != BYTES || bytes.get() != VERSION) {
            return null;
        }
        Marker marker = new Marker(bytes.getInt(), bytes.getLong(), bytes.getLong(), bytes.getLong());
        Position position = new Position(marker, bytes.getLong());
        boolean written = marker.offset() >= 0
                && position.offset >= -1
                // Base64 has several texts for the same bytes; only one was told.
                && position.text().equals(text);
        return written ? position : null;
    }
}
