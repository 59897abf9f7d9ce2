package io.sluice.protocol.websocket.deflate;

import org.jspecify.annotations.Nullable;

/**
 * Reads one {@code Sec-WebSocket-Extensions} header once, from left to right (RFC 6455, 9.1):
 *
 * <pre>
 * extension-list  = 1#extension
 * extension       = extension-token *( ";" extension-param )
 * extension-param = token [ "=" ( token | quoted-string ) ]
 * </pre>
 *
 * with white space allowed between any two of these (RFC 2616, 2.1, "implied *LWS"). Empty list elements are ignored (RFC 9110,
 * 5.6.1.2), so an empty header offers nothing.
 */
final class ExtensionScanner {

    private static final String TOKEN_SPECIALS = "!#$%&'*+-.^_`|~";

    private final String header;
    private int next;
    private boolean malformed;
    private String name = "";
    private @Nullable String value;

    ExtensionScanner(String header) {
        this.header = header;
    }

    /** Whether what was read so far breaks the grammar; then there is neither a next element nor a next parameter. */
    boolean malformed() {
        return malformed;
    }

    /** Goes on to the next extension, to be called when this one has no more parameters; false at the end. */
    boolean nextElement() {
        while (skip(',')) {}
        return next < header.length() && !malformed && readName();
    }

    /** Goes on to the next parameter of this extension; false if it has no more. */
    boolean nextParameter() {
        value = null;
        if (malformed || next == header.length() || header.charAt(next) == ',') {
            return false;
        }
        if (!skip(';')) {
            malformed = true;
            return false;
        }
        if (!readName()) {
            return false;
        }
        if (skip('=')) {
            value = next < header.length() && header.charAt(next) == '"' ? quoted() : token();
        }
        return !malformed;
    }

    /** That of the extension, or that of its parameter if one was read since. */
    String name() {
        return name;
    }

    /** That of the parameter, without quotes; null if it has none. */
    @Nullable
    String value() {
        return value;
    }

    private boolean readName() {
        name = token();
        return !malformed;
    }

    private String token() {
        int start = next;
        while (next < header.length() && isTokenCharacter(header.charAt(next))) {
            next++;
        }
        malformed |= next == start;
        String token = header.substring(start, next);
        skipSpace();
        return token;
    }

    private String quoted() {
        StringBuilder text = new StringBuilder();
        for (next++; next < header.length(); next++) {
            char c = header.charAt(next);
            if (c == '"') {
                next++;
                skipSpace();
                return text.toString();
            }
            if (c != '\\') {
                text.append(c);
            } else if (next + 1 < header.length()) {
                next++;
                text.append(header.charAt(next));
            }
        }
        malformed = true;
        return "";
    }

    private boolean skip(char c) {
        skipSpace();
        if (next == header.length() || header.charAt(next) != c) {
            return false;
        }
        next++;
        skipSpace();
        return true;
    }

    private void skipSpace() {
        while (next < header.length() && (header.charAt(next) == ' ' || header.charAt(next) == '\t')) {
            next++;
        }
    }

    private static boolean isTokenCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_SPECIALS.indexOf(c) >= 0;
    }
}
