package io.sluice.protocol.subprotocol.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * RFC 8259 as a recogniser: says where a value ends, and builds nothing. Strict, iterative (depth costs one bit, not a stack frame), one
 * pass, without allocation up to 64 levels. Strings are proven to be UTF-8 on the way, so what it accepts can stand inside a text frame
 * unchanged. One grammar for both directions: what a client may publish as {@code data} is what a back end's body may be.
 */
final class JsonGrammar {

    /** No JSON value of the asked depth stands here; more input would not help, or there is no more. */
    static final int MALFORMED = -1;

    /** What has been read so far is JSON, but opens one level more than allowed. */
    static final int TOO_DEEP = -2;

    static final int ANY_DEPTH = Integer.MAX_VALUE;

    private static final long[] NO_OUTER_LEVELS = {};
    private static final byte[] TRUE = {'t', 'r', 'u', 'e'};
    private static final byte[] FALSE = {'f', 'a', 'l', 's', 'e'};
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private static final VarHandle EIGHT_BYTES =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    /** The length of {@code json} if it is one value, with or without white space around it; else as {@link #value}. */
    static int text(byte[] json, int maxDepth) {
        int at = value(json, whitespace(json, 0, json.length), json.length, maxDepth);
        if (at < 0) {
            return at;
        }
        return whitespace(json, at, json.length) == json.length ? json.length : MALFORMED;
    }

    /** Index of the first byte at or after {@code at} that is no white space. */
    static int whitespace(byte[] json, int at, int end) {
        while (at < end && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
            at++;
        }
        return at;
    }

    /**
     * Index after the value that starts at {@code from}, {@link #MALFORMED} or {@link #TOO_DEEP}. A scalar has depth 0, {@code []} depth 1.
     */
    static int value(byte[] json, int from, int end, int maxDepth) {
        int at = from;
        int depth = 0;
        // One bit per open level, 1 for an object: the innermost 64 here, 64 more in each element of outer.
        long objects = 0;
        long[] outer = NO_OUTER_LEVELS;
        while (at < end) {
            byte first = json[at];
            if (first == '{' || first == '[') {
                if (depth == maxDepth) {
                    return TOO_DEEP;
                }
                if (depth > 0 && depth % 64 == 0) {
                    outer = pushed(outer, depth / 64 - 1, objects);
                }
                depth++;
                objects = objects << 1 | (first == '{' ? 1 : 0);
                at = whitespace(json, at + 1, end);
                if (at == end || json[at] != first + 2) {
                    at = first == '{' ? name(json, at, end) : at;
                    if (at < 0) {
                        return MALFORMED;
                    }
                    continue;
                }
            } else {
                at = scalar(json, at, end);
                if (at < 0) {
                    return MALFORMED;
                }
                if (depth == 0) {
                    return at;
                }
                at = whitespace(json, at, end);
            }
            // A value is complete, or an empty container waits for its closing byte: close levels until a comma opens
            // the next value.
            while (at < end && json[at] == ((objects & 1) == 1 ? '}' : ']')) {
                at++;
                depth--;
                if (depth == 0) {
                    return at;
                }
                objects = depth % 64 == 0 ? outer[depth / 64 - 1] : objects >>> 1;
                at = whitespace(json, at, end);
            }
            if (at == end || json[at] != ',') {
                return MALFORMED;
            }
            at = whitespace(json, at + 1, end);
            if ((objects & 1) == 1) {
                at = name(json, at, end);
                if (at < 0) {
                    return MALFORMED;
                }
            }
        }
        return MALFORMED;
    }

    /** Index after the string whose opening quote is at {@code from}, or {@link #MALFORMED}. */
    static int string(byte[] json, int from, int end) {
        if (from == end || json[from] != '"') {
            return MALFORMED;
        }
        int at = plain(json, from + 1, end);
        while (at < end && json[at] != '"') {
            int length = switch (json[at]) {
                case '\\' -> escape(json, at, end);
                default -> json[at] < 0 ? Utf8.sequence(json, at, end) : 0;
            };
            if (length == 0) {
                return MALFORMED;
            }
            at = plain(json, at + length, end);
        }
        return at < end ? at + 1 : MALFORMED;
    }

    /** Index of the first byte that is a quote, a backslash, a control character or not ASCII. */
    static int plain(byte[] json, int at, int end) {
        while (at <= end - Long.BYTES && allPlain((long) EIGHT_BYTES.get(json, at))) {
            at += Long.BYTES;
        }
        while (at < end && json[at] >= ' ' && json[at] != '"' && json[at] != '\\') {
            at++;
        }
        return at;
    }

    /** Eight bytes at once: a subtraction that borrows leaves the high bit of a byte below the bound set. */
    private static boolean allPlain(long bytes) {
        long control = bytes - ' ' * ONES;
        long quote = (bytes ^ '"' * ONES) - ONES;
        long backslash = (bytes ^ '\\' * ONES) - ONES;
        return ((bytes | control | quote | backslash) & HIGH_BITS) == 0;
    }

    /** Length of the escape at {@code at}, 0 where it is none. A lone surrogate is grammatical (RFC 8259, 8.2). */
    private static int escape(byte[] json, int at, int end) {
        if (at + 1 == end) {
            return 0;
        }
        return switch (json[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> 2;
            case 'u' -> at + 6 <= end && hex(json, at + 2) ? 6 : 0;
            default -> 0;
        };
    }

    private static boolean hex(byte[] json, int at) {
        return (Character.digit(json[at], 16)
                        | Character.digit(json[at + 1], 16)
                        | Character.digit(json[at + 2], 16)
                        | Character.digit(json[at + 3], 16))
                >= 0;
    }

    /** Index of the value after a member's name, its colon and white space, or {@link #MALFORMED}. */
    private static int name(byte[] json, int from, int end) {
        int at = string(json, from, end);
        if (at < 0) {
            return MALFORMED;
        }
        at = whitespace(json, at, end);
        return at < end && json[at] == ':' ? whitespace(json, at + 1, end) : MALFORMED;
    }

    private static int scalar(byte[] json, int from, int end) {
        return switch (json[from]) {
            case '"' -> string(json, from, end);
            case 't' -> literal(TRUE, json, from, end);
            case 'f' -> literal(FALSE, json, from, end);
            case 'n' -> literal(NULL, json, from, end);
            default -> number(json, from, end);
        };
    }

    private static int literal(byte[] word, byte[] json, int from, int end) {
        int to = from + word.length;
        return to <= end && Arrays.equals(word, 0, word.length, json, from, to) ? to : MALFORMED;
    }

    private static int number(byte[] json, int from, int end) {
        int whole = json[from] == '-' ? from + 1 : from;
        int at = digits(json, whole, end);
        if (at == whole || (json[whole] == '0' && at > whole + 1)) {
            return MALFORMED;
        }
        if (at < end && json[at] == '.') {
            int fraction = at + 1;
            at = digits(json, fraction, end);
            if (at == fraction) {
                return MALFORMED;
            }
        }
        if (at < end && (json[at] == 'e' || json[at] == 'E')) {
            boolean signed = at + 1 < end && (json[at + 1] == '+' || json[at + 1] == '-');
            int exponent = signed ? at + 2 : at + 1;
            at = digits(json, exponent, end);
            if (at == exponent) {
                return MALFORMED;
            }
        }
        return at;
    }

    private static int digits(byte[] json, int at, int end) {
        while (at < end && json[at] >= '0' && json[at] <= '9') {
            at++;
        }
        return at;
    }

    private static long[] pushed(long[] outer, int index, long levels) {
        long[] roomy = index < outer.length ? outer : Arrays.copyOf(outer, Math.max(8, outer.length * 2));
        roomy[index] = levels;
        return roomy;
    }

    private JsonGrammar() {}
}
