package io.sluice.protocol.subprotocol.json;

import java.util.Locale;
import java.util.Set;

/** What the content type of an AMQP message says about its body (RFC 9110, 8.3). */
final class ContentType {

    private static final String JSON = "application/json";

    /** The names under which clients speak of UTF-8 and its subset. */
    private static final Set<String> UTF_8 = Set.of("utf-8", "utf8", "us-ascii", "ascii");

    /** {@code application/json}, or any type with the suffix {@code +json} (RFC 6839, 3.1). */
    static boolean json(String type) {
        int end = essenceEnd(type);
        return ends(type, end, "+json") || (ends(type, end, JSON) && end == JSON.length());
    }

    static boolean text(String type) {
        return type.regionMatches(true, 0, "text/", 0, "text/".length());
    }

    /** Whether it names a charset, and that is neither UTF-8 nor US-ASCII. */
    static boolean foreignCharset(String type) {
        int at = type.indexOf(';');
        while (at >= 0) {
            int end = parameterEnd(type, at + 1);
            String parameter = type.substring(at + 1, end).strip().toLowerCase(Locale.ROOT);
            if (parameter.startsWith("charset")) {
                int equals = parameter.indexOf('=');
                if (equals >= 0 && parameter.substring(0, equals).strip().equals("charset")) {
                    return !UTF_8.contains(
                            unquoted(parameter.substring(equals + 1).strip()));
                }
            }
            at = end < type.length() ? end : -1;
        }
        return false;
    }

    /** Index of the next semicolon outside quotes. */
    private static int parameterEnd(String type, int from) {
        boolean quoted = false;
        for (int at = from; at < type.length(); at++) {
            char c = type.charAt(at);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '\\' && quoted) {
                at++;
            } else if (c == ';' && !quoted) {
                return at;
            }
        }
        return type.length();
    }

    private static String unquoted(String value) {
        return value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")
                ? value.substring(1, value.length() - 1)
                : value;
    }

    private static int essenceEnd(String type) {
        int end = type.indexOf(';');
        end = end < 0 ? type.length() : end;
        while (end > 0 && (type.charAt(end - 1) == ' ' || type.charAt(end - 1) == '\t')) {
            end--;
        }
        return end;
    }

    private static boolean ends(String type, int end, String suffix) {
        return end >= suffix.length() && type.regionMatches(true, end - suffix.length(), suffix, 0, suffix.length());
    }

    private ContentType() {}
}
