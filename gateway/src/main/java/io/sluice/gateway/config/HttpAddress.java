package io.sluice.gateway.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Addresses that the gateway asks over HTTP. */
final class HttpAddress {

    private HttpAddress() {}

    static boolean is(String text) {
        try {
            URI uri = new URI(text);
            return uri.getHost() != null
                    && uri.getUserInfo() == null
                    && ("http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme()));
        } catch (URISyntaxException malformed) {
            return false;
        }
    }

    /** Whether what goes there and comes back can be read and changed on the way. */
    static boolean isInTheClear(String address) {
        URI uri = URI.create(address);
        return "http".equalsIgnoreCase(uri.getScheme())
                && !Origin.isLoopback(uri.getHost().toLowerCase(Locale.ROOT));
    }
}
