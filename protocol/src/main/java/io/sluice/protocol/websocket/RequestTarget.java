package io.sluice.protocol.websocket;

import java.util.List;
import java.util.Locale;

/** The request target and the Host of a request: there must be no two ways to read them (RFC 9112, 3.2). */
final class RequestTarget {

    private RequestTarget() {}

    /** Whether {@code uri} is a path, or an absolute one with the same authority as the only one of {@code hosts}. */
    static boolean isCanonical(String uri, List<String> hosts) {
        if (hosts.size() != 1 || !isAuthority(hosts.get(0)) || !isVisible(uri)) {
            return false;
        }
        if (uri.startsWith("/")) {
            return !uri.startsWith("//");
        }
        String lower = uri.toLowerCase(Locale.ROOT);
        int authority = lower.startsWith("http://") ? 7 : lower.startsWith("https://") ? 8 : -1;
        if (authority < 0) {
            return false;
        }
        int path = uri.indexOf('/', authority);
        return path > 0 && uri.substring(authority, path).equalsIgnoreCase(hosts.get(0));
    }

    /** A name, an IPv4 or a bracketed IPv6 address, and perhaps a port: nothing that could be read as user, path or list. */
    private static boolean isAuthority(String host) {
        boolean bracketed = host.startsWith("[");
        int start = bracketed ? 1 : 0;
        int end = start;
        while (end < host.length() && isHostCharacter(host.charAt(end), bracketed)) {
            end++;
        }
        if (end == start || (bracketed && (end == host.length() || host.charAt(end++) != ']'))) {
            return false;
        }
        return end == host.length() || (host.charAt(end) == ':' && isPort(host.substring(end + 1)));
    }

    private static boolean isHostCharacter(char c, boolean bracketed) {
        boolean digit = c >= '0' && c <= '9';
        if (bracketed) {
            return digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
        }
        return digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || ".-_~%".indexOf(c) >= 0;
    }

    /** RFC 3986, 3.2.3: any digits, or none. */
    private static boolean isPort(String port) {
        return port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static boolean isVisible(String uri) {
        for (int i = 0; i < uri.length(); i++) {
            char c = uri.charAt(i);
            // A fragment has no meaning in a WebSocket URI (RFC 6455, 3).
            if (c <= ' ' || c >= 0x7F || c == '#') {
                return false;
            }
        }
        return true;
    }
}
