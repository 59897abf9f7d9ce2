package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** A JSON string: from its token to text, and from text to its token (RFC 8259, 7). */
final class JsonString {

    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    /** The text of the string token at {@code from}, which the grammar has accepted; a lone surrogate stays one. */
    static String unescaped(byte[] json, int from, int to) {
        int end = to - 1;
        int backslash = backslash(json, from + 1, end);
        if (backslash == end) {
            return utf8(json, from + 1, end);
        }
        StringBuilder text = new StringBuilder(to - from);
        int at = from + 1;
        while (backslash < end) {
            text.append(utf8(json, at, backslash));
            byte escaped = json[backslash + 1];
            text.append(escaped == 'u' ? codeUnit(json, backslash) : character(escaped));
            at = backslash + (escaped == 'u' ? 6 : 2);
            backslash = backslash(json, at, end);
        }
        return text.append(utf8(json, at, end)).toString();
    }

    /** Whether a string token holds an escape; without one its bytes are its text. */
    static boolean escapes(byte[] json, int from, int to) {
        return backslash(json, from, to) < to;
    }

    /** How many Unicode characters a string token holds; a lone surrogate counts as one. */
    static int characters(byte[] json, int from, int to) {
        int count = 0;
        boolean pair = false;
        for (int at = from + 1; at < to - 1; at++) {
            boolean escaped = json[at] == '\\';
            boolean unicode = escaped && json[at + 1] == 'u';
            boolean low = unicode && Character.isLowSurrogate(codeUnit(json, at));
            boolean continues = (json[at] & 0xc0) == 0x80 || (pair && low);
            count += continues ? 0 : 1;
            pair = unicode && Character.isHighSurrogate(codeUnit(json, at));
            at += unicode ? 5 : escaped ? 1 : 0;
        }
        return count;
    }

    /** The code unit of the escape {@code \}{@code uXXXX} whose backslash is at {@code at}. */
    private static char codeUnit(byte[] json, int at) {
        int unit = 0;
        for (int i = at + 2; i < at + 6; i++) {
            unit = unit << 4 | Character.digit(json[i], 16);
        }
        return (char) unit;
    }

    /** Appends {@code text} as a JSON string. A lone surrogate is written as its escape, for UTF-8 has no bytes for it. */
    static void write(String text, ByteBuf out) {
        out.writeByte('"');
        int written = 0;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (Character.isHighSurrogate(c)
                    && at + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(at + 1))) {
                at++;
            } else if (c < ' ' || c == '"' || c == '\\' || c == '\u2028' || c == '\u2029' || Character.isSurrogate(c)) {
                ByteBufUtil.writeUtf8(out, text, written, at);
                escape(c, out);
                written = at + 1;
            }
        }
        ByteBufUtil.writeUtf8(out, text, written, text.length());
        out.writeByte('"');
    }

    /** Appends {@code utf8} as a JSON string; false, and {@code out} as it was, where it is not UTF-8. */
    static boolean write(byte[] utf8, ByteBuf out) {
        int start = out.writerIndex();
        out.writeByte('"');
        int written = 0;
        int at = JsonGrammar.plain(utf8, 0, utf8.length);
        while (at < utf8.length) {
            int length = utf8[at] < 0 ? Utf8.sequence(utf8, at, utf8.length) : 1;
            if (length == 0) {
                out.writerIndex(start);
                return false;
            }
            if (length == 1 || (length == 3 && isLineOrParagraphSeparator(utf8, at))) {
                out.writeBytes(utf8, written, at - written);
                escape(length == 1 ? (char) utf8[at] : (char) (0x2000 | (utf8[at + 2] & 0x3f)), out);
                written = at + length;
            }
            at = JsonGrammar.plain(utf8, at + length, utf8.length);
        }
        out.writeBytes(utf8, written, utf8.length - written);
        out.writeByte('"');
        return true;
    }

    /** U+2028 or U+2029: legal in JSON, but the end of a line to older JavaScript. */
    private static boolean isLineOrParagraphSeparator(byte[] utf8, int at) {
        return utf8[at] == (byte) 0xe2
                && utf8[at + 1] == (byte) 0x80
                && (utf8[at + 2] == (byte) 0xa8 || utf8[at + 2] == (byte) 0xa9);
    }

    private static void escape(char c, ByteBuf out) {
        out.writeByte('\\');
        switch (c) {
            case '"', '\\' -> out.writeByte(c);
            case '\b' -> out.writeByte('b');
            case '\f' -> out.writeByte('f');
            case '\n' -> out.writeByte('n');
            case '\r' -> out.writeByte('r');
            case '\t' -> out.writeByte('t');
            default -> {
                out.writeByte('u');
                for (int shift = 12; shift >= 0; shift -= 4) {
                    out.writeByte(HEX[c >> shift & 0xf]);
                }
            }
        }
    }

    private static char character(byte escaped) {
        return switch (escaped) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            default -> (char) escaped;
        };
    }

    /** Whether every surrogate is one of a pair. */
    static boolean isUnicode(String text) {
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (Character.isSurrogate(c)) {
                at++;
                if (at == text.length() || !Character.isSurrogatePair(c, text.charAt(at))) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int backslash(byte[] json, int at, int end) {
        while (at < end && json[at] != '\\') {
            at++;
        }
        return at;
    }

    private static String utf8(byte[] json, int from, int to) {
        return new String(json, from, to - from, UTF_8);
    }

    private JsonString() {}
}
