package io.sluice.protocol.websocket;

import java.nio.ByteBuffer;

/**
 * UTF-8 (RFC 3629) of bytes that come in pieces. What is known between two pieces is one {@code int}: {@link #ACCEPT} between two
 * characters, {@link #REJECT} after a byte that no continuation can mend, else how many bytes are missing and the bounds of the next.
 */
final class Utf8Validator {

    /** All bytes so far are whole characters. */
    static final int ACCEPT = 0;
    /** Some byte can not stand where it stands, whatever follows. */
    static final int REJECT = -1;

    static final long HIGH_BITS = 0x8080808080808080L;

    private static final int CONTINUATION = 0x80 << 8 | 0xBF;

    private Utf8Validator() {}

    /** The state after the bytes {@code from <= i < to} of {@code bytes}, {@code state} being that before them. */
    static int validate(int state, ByteBuffer bytes, int from, int to) {
        int i = from;
        while (i < to) {
            if (state != ACCEPT) {
                state = step(state, bytes.get(i++));
                if (state == REJECT) {
                    return REJECT;
                }
                continue;
            }
            if (to - i >= Long.BYTES && (Mask.longAt(bytes, i) & HIGH_BITS) == 0) {
                i += Long.BYTES;
                continue;
            }
            i = characters(bytes, i, to);
            if (i < 0) {
                return REJECT;
            }
            if (i < to && to - i < 4) {
                state = step(state, bytes.get(i++));
                if (state == REJECT) {
                    return REJECT;
                }
            }
        }
        return state;
    }

    /** Skips whole characters until fewer than four bytes are left or an ASCII run may begin; negative where a byte is wrong. */
    private static int characters(ByteBuffer bytes, int i, int to) {
        int last = to - 4;
        while (i <= last) {
            int b0 = bytes.get(i);
            if (b0 >= 0) {
                i++;
                if (i <= to - Long.BYTES && (i & 3) == 0) {
                    return i;
                }
                continue;
            }
            int b1 = bytes.get(i + 1);
            if (b0 < (byte) 0xE0) {
                if (b0 < (byte) 0xC2 || b1 > (byte) 0xBF) {
                    return REJECT;
                }
                i += 2;
                continue;
            }
            int next = next(b0);
            if (next == REJECT || !within(next, b1) || bytes.get(i + 2) > (byte) 0xBF) {
                return REJECT;
            }
            if (b0 < (byte) 0xF0) {
                i += 3;
                continue;
            }
            if (bytes.get(i + 3) > (byte) 0xBF) {
                return REJECT;
            }
            i += 4;
        }
        return i;
    }

    private static int step(int state, byte b) {
        if (state == ACCEPT) {
            return b >= 0 ? ACCEPT : next(b);
        }
        if (!within(state, b)) {
            return REJECT;
        }
        int missing = (state >>> 16) - 1;
        return missing == 0 ? ACCEPT : missing << 16 | CONTINUATION;
    }

    /** After the first byte of a character: what is missing, and the bounds of the second byte (RFC 3629, 4). */
    private static int next(int b0) {
        int first = b0 & 0xFF;
        if (first < 0xC2 || first > 0xF4) {
            return REJECT;
        }
        if (first < 0xE0) {
            return 1 << 16 | CONTINUATION;
        }
        return switch (first) {
            case 0xE0 -> 2 << 16 | 0xA0 << 8 | 0xBF;
            case 0xED -> 2 << 16 | 0x80 << 8 | 0x9F;
            case 0xF0 -> 3 << 16 | 0x90 << 8 | 0xBF;
            case 0xF4 -> 3 << 16 | 0x80 << 8 | 0x8F;
            default -> (first < 0xF0 ? 2 : 3) << 16 | CONTINUATION;
        };
    }

    private static boolean within(int state, int b) {
        int next = b & 0xFF;
        return next >= (state >>> 8 & 0xFF) && next <= (state & 0xFF);
    }
}
