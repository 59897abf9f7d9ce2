package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One JSON value as a slice of a client's message, accepted by the grammar, not yet given a meaning.
 *
 * @param json the message; shared, not to be written to
 * @param to index after the value
 * @param deep whether it nests deeper than a client may
 */
record JsonValue(byte[] json, int from, int to, boolean deep) {

    /** 2^53 - 1: the largest integer up to which JavaScript holds every one. */
    static final long MAX_SAFE_INTEGER = (1L << 53) - 1;

    private static final int MOST_SAFE_DIGITS = 16;

    /** The byte that says what it is. */
    byte first() {
        return json[from];
    }

    boolean isString() {
        return first() == '"';
    }

    boolean isObject() {
        return first() == '{';
    }

    boolean isArray() {
        return first() == '[';
    }

    /** Its members or elements, from the first one on; only for an object or an array. */
    JsonMembers members() {
        return new JsonMembers(json, from, to);
    }

    /** A copy of its bytes, as they were sent. */
    byte[] bytes() {
        return Arrays.copyOfRange(json, from, to);
    }

    /** Its bytes, as they were sent. */
    String token() {
        return new String(json, from, to - from, UTF_8);
    }

    int length() {
        return to - from;
    }

    /** The text of a string; null where it is none, or none of valid Unicode. */
    @Nullable
    String text() {
        if (!isString()) {
            return null;
        }
        String text = unescaped();
        return JsonString.isUnicode(text) ? text : null;
    }

    /** The UTF-8 bytes of {@link #text}. */
    byte @Nullable [] utf8() {
        if (isString() && !JsonString.escapes(json, from, to)) {
            return Arrays.copyOfRange(json, from + 1, to - 1);
        }
        String text = text();
        return text == null ? null : text.getBytes(UTF_8);
    }

    /** The text of what is known to be a string, lone surrogates and all. */
    String unescaped() {
        return JsonString.unescaped(json, from, to);
    }

    /** An integer from 0 to {@link #MAX_SAFE_INTEGER} in plain digits; -1 where it is none. */
    long safeInteger() {
        if (length() > MOST_SAFE_DIGITS) {
            return -1;
        }
        long integer = 0;
        for (int at = from; at < to; at++) {
            int digit = json[at] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            integer = integer * 10 + digit;
        }
        return integer <= MAX_SAFE_INTEGER ? integer : -1;
    }

    /** A Long for an integer, a Double for another number; null where 64 bits do not hold it, or it is no number. */
    @Nullable
    Number number() {
        if (first() != '-' && (first() < '0' || first() > '9')) {
            return null;
        }
        String token = new String(json, from, length(), US_ASCII);
        boolean integer = token.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E');
        try {
            Number number = integer ? (Number) Long.valueOf(token) : (Number) Double.valueOf(token);
            return Double.isFinite(number.doubleValue()) ? number : null;
        } catch (NumberFormatException moreThan64Bits) {
            return null;
        }
    }
}
