package io.sluice.protocol.websocket;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Header values that are comma-separated tokens (RFC 9110, 5.6.1 and 5.6.2), each read once from left to right. */
final class HeaderTokens {

    private static final String SPECIAL = "!#$%&'*+-.^_`|~";

    private HeaderTokens() {}

    /** All tokens of all {@code values}, in order; null where something in them is no token or a token comes twice. */
    static @Nullable List<String> parse(List<String> values) {
        Set<String> tokens = new LinkedHashSet<>();
        for (String value : values) {
            for (int start = 0; start <= value.length(); ) {
                int comma = value.indexOf(',', start);
                int end = comma < 0 ? value.length() : comma;
                String token = value.substring(start, end).strip();
                start = end + 1;
                // RFC 9110, 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
                if (token.isEmpty()) {
                    continue;
                }
                if (!isToken(token) || !tokens.add(token)) {
                    return null;
                }
            }
        }
        return List.copyOf(tokens);
    }

    /** Whether some element of {@code values} is {@code token}, in any case. */
    static boolean contains(List<String> values, String token) {
        for (String value : values) {
            for (String element : value.split(",", -1)) {
                if (element.strip().equalsIgnoreCase(token)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean isToken(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!alphanumeric && SPECIAL.indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
