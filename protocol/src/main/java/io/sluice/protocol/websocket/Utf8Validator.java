package io.sluice.protocol.websocket;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * UTF-8 (RFC 3629) of bytes that come in pieces. What is known between two pieces is one {@code int}, a state of an automaton:
 * {@link #ACCEPT} between two characters, {@link #REJECT} for ever after a byte that no continuation can mend, else what may follow.
 *
 * <p>All transitions of a byte are one {@code long}, six bits for each state. A state is the place of its six bits, so a step is a shift,
 * {@code state = NEXT[byte] >>> state}, whose distance the processor takes from the lowest six bits alone. There is no branch to be
 * foretold, whatever the text: only runs of ASCII are worth one.
 */
final class Utf8Validator {

    /** All bytes so far are whole characters. */
    static final int ACCEPT = 0;
    /** Some byte can not stand where it stands, whatever follows. */
    static final int REJECT = 6;

    static final long HIGH_BITS = 0x8080808080808080L;

    /** One, two, three bytes are missing, each from 80 to BF. */
    private static final int ONE = 12;

    private static final int TWO = 18;
    private static final int THREE = 24;

    /** The first byte, which bounds the second one. */
    private static final int E0 = 30;

    private static final int ED = 36;
    private static final int F0 = 42;
    private static final int F4 = 48;

    private static final int STATE_BITS = 63;
    private static final int BLOCK = 4 * Long.BYTES;
    private static final long[] NEXT = new long[256];

    // The grammar of RFC 3629, 4.
    static {
        long reject = 0;
        for (int state = ACCEPT; state <= F4; state += REJECT) {
            reject |= (long) REJECT << state;
        }
        Arrays.fill(NEXT, reject);
        on(ACCEPT, 0x00, 0x7F, ACCEPT);
        on(ACCEPT, 0xC2, 0xDF, ONE);
        on(ACCEPT, 0xE0, 0xE0, E0);
        on(ACCEPT, 0xE1, 0xEC, TWO);
        on(ACCEPT, 0xED, 0xED, ED);
        on(ACCEPT, 0xEE, 0xEF, TWO);
        on(ACCEPT, 0xF0, 0xF0, F0);
        on(ACCEPT, 0xF1, 0xF3, THREE);
        on(ACCEPT, 0xF4, 0xF4, F4);
        on(ONE, 0x80, 0xBF, ACCEPT);
        on(TWO, 0x80, 0xBF, ONE);
        on(THREE, 0x80, 0xBF, TWO);
        on(E0, 0xA0, 0xBF, ONE);
        on(ED, 0x80, 0x9F, ONE);
        on(F0, 0x90, 0xBF, TWO);
        on(F4, 0x80, 0x8F, TWO);
    }

    private Utf8Validator() {}

    private static void on(int state, int first, int last, int next) {
        for (int b = first; b <= last; b++) {
            NEXT[b] ^= (long) (next ^ REJECT) << state;
        }
    }

    /** The state after the bytes {@code from <= i < to} of {@code bytes}, {@code state} being that before them. */
    static int validate(int state, ByteBuffer bytes, int from, int to) {
        int i = from;
        for (int last = to - BLOCK; i <= last && state != REJECT; i += BLOCK) {
            long a = Mask.longAt(bytes, i);
            long b = Mask.longAt(bytes, i + 8);
            long c = Mask.longAt(bytes, i + 16);
            long d = Mask.longAt(bytes, i + 24);
            state = next(state, a, b, c, d);
        }
        for (int last = to - Long.BYTES; i <= last; i += Long.BYTES) {
            state = next(state, Mask.longAt(bytes, i));
        }
        for (; i < to; i++) {
            state = next(state, bytes.get(i));
        }
        return state;
    }

    /** The state after 32 bytes, each {@code long} from its lowest byte to its highest. */
    static int next(int state, long a, long b, long c, long d) {
        if (state == ACCEPT && ((a | b | c | d) & HIGH_BITS) == 0) {
            return ACCEPT;
        }
        return steps(steps(steps(steps(state, a), b), c), d);
    }

    /** The state after eight bytes, from the lowest to the highest. */
    static int next(int state, long word) {
        return state == ACCEPT && (word & HIGH_BITS) == 0 ? ACCEPT : steps(state, word);
    }

    static int next(int state, byte b) {
        return (int) (NEXT[b & 0xFF] >>> state) & STATE_BITS;
    }

    private static int steps(int state, long word) {
        long s = state;
        s = NEXT[(int) word & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 8) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 16) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 24) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 32) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 40) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 48) & 0xFF] >>> s;
        s = NEXT[(int) (word >>> 56)] >>> s;
        return (int) s & STATE_BITS;
    }
}
