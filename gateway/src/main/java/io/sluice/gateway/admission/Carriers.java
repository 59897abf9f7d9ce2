package io.sluice.gateway.admission;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.sluice.gateway.config.Authentication;
import java.util.ArrayList;
import java.util.List;

/** Finds the token of a request. The first carrier that is present decides, whatever it carries. Immutable. */
final class Carriers {

    private static final String SCHEME = "Bearer";
    private static final String SUBPROTOCOL = "bearer.";
    private static final String PARAMETER = "access_token=";

    private final boolean queryToken;
    private final String cookie;

    Carriers(Authentication authentication) {
        queryToken = authentication.queryToken();
        cookie = authentication.cookie();
    }

    /**
     * What a request carries.
     *
     * @param token empty where the carrier is there and not exactly one token is in it; then it is invalid
     */
    record Carried(Carrier carrier, String token) {

        /** Without the token, so that no log ever has it. */
        @Override
        public String toString() {
            return "Carried[" + carrier + "]";
        }
    }

    Carried find(String uri, HttpHeaders headers) {
        List<String> tokens = authorization(headers);
        if (!tokens.isEmpty()) {
            return carried(Carrier.AUTHORIZATION, tokens);
        }
        tokens = subprotocols(headers);
        if (!tokens.isEmpty()) {
            return carried(Carrier.SUBPROTOCOL, tokens);
        }
        tokens = queryToken ? parameters(uri) : List.of();
        if (!tokens.isEmpty()) {
            return carried(Carrier.QUERY, tokens);
        }
        tokens = cookie.isEmpty() ? List.of() : cookies(headers);
        return tokens.isEmpty() ? new Carried(Carrier.NONE, "") : carried(Carrier.COOKIE, tokens);
    }

    /** Two tokens in one carrier are a contradiction that nobody may resolve by luck. */
    private static Carried carried(Carrier carrier, List<String> tokens) {
        return new Carried(carrier, tokens.size() == 1 ? tokens.get(0) : "");
    }

    private static List<String> authorization(HttpHeaders headers) {
        List<String> tokens = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.AUTHORIZATION)) {
            int space = value.indexOf(' ');
            // "a case-insensitive token to identify the authentication scheme" (RFC 9110, 11.1)
            if (SCHEME.equalsIgnoreCase(space < 0 ? value : value.substring(0, space))) {
                tokens.add(space < 0 ? "" : value.substring(space).strip());
            }
        }
        return tokens;
    }

    private static List<String> subprotocols(HttpHeaders headers) {
        List<String> tokens = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL)) {
            for (String offered : value.split(",", -1)) {
                String name = offered.strip();
                if (name.startsWith(SUBPROTOCOL)) {
                    tokens.add(name.substring(SUBPROTOCOL.length()));
                }
            }
        }
        return tokens;
    }

    private static List<String> parameters(String uri) {
        int query = uri.indexOf('?');
        if (query < 0) {
            return List.of();
        }
        List<String> tokens = new ArrayList<>();
        for (String parameter : uri.substring(query + 1).split("&", -1)) {
            if (parameter.startsWith(PARAMETER)) {
                tokens.add(decoded(parameter.substring(PARAMETER.length())));
            }
        }
        return tokens;
    }

    private static String decoded(String text) {
        try {
            return QueryStringDecoder.decodeComponent(text);
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }

    private List<String> cookies(HttpHeaders headers) {
        List<String> tokens = new ArrayList<>();
        for (String value : headers.getAll(HttpHeaderNames.COOKIE)) {
            for (Cookie candidate : ServerCookieDecoder.STRICT.decodeAll(value)) {
                if (candidate.name().equals(cookie)) {
                    tokens.add(candidate.value());
                }
            }
        }
        return tokens;
    }
}
