package io.sluice.gateway.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A web origin in its one canonical form (RFC 6454, 4 and 6.2), so that two are the same if they are equal: scheme and host in lower
 * case, the port told.
 *
 * @param host a name, IPv4 address or {@code [IPv6 address]}, in ASCII; a trailing dot counts
 * @param port -1 where none was told and the scheme has no default
 */
public record Origin(String scheme, String host, int port) {

    private static final Pattern SERIALIZED =
            Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(\\[[0-9A-Fa-f:.]+]|[A-Za-z0-9._-]+)(?::(0|[1-9]\\d{0,4}))?");

    /** The origin that {@code text} serializes, with nothing before or behind it; null where it is none, as {@code null} is none. */
    public static @Nullable Origin parse(String text) {
        // No name in the DNS is longer (RFC 1035, 2.3.4), so that no longer text needs a look.
        if (text.length() > 300) {
            return null;
        }
        Matcher matcher = SERIALIZED.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
        int port = matcher.group(3) == null ? defaultPort(scheme) : Integer.parseInt(matcher.group(3));
        return port > 65535 ? null : new Origin(scheme, matcher.group(2).toLowerCase(Locale.ROOT), port);
    }

    /** Whether its pages come from this machine. */
    public boolean local() {
        return (scheme.equals("http") || scheme.equals("https")) && isLoopback(host);
    }

    static boolean isLoopback(String host) {
        return host.equals("localhost") || host.equals("127.0.0.1") || host.equals("[::1]");
    }

    private static int defaultPort(String scheme) {
        return switch (scheme) {
            case "http", "ws" -> 80;
            case "https", "wss" -> 443;
            default -> -1;
        };
    }
}
