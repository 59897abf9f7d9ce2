package io.sluice.gateway.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.operations.HttpAnswer;
import io.sluice.gateway.operations.HttpExchange;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page {@code /console}: static files that know nothing, and ask the admin API with the token that a person types in. */
final class Console {

    private static final Map<String, String> FILES = Map.of(
            "/console", "index.html", "/console/console.css", "console.css", "/console/console.js", "console.js");

    private static final Map<String, String> HEADERS = Map.of(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
                    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "referrer-policy",
            "no-referrer");

    private final Map<String, HttpAnswer> pages;

    private Console(Map<String, HttpAnswer> pages) {
        this.pages = pages;
    }

    static Console load() {
        Map<String, HttpAnswer> pages = new HashMap<>();
        FILES.forEach((path, file) ->
                pages.put(path, new HttpAnswer(HttpResponseStatus.OK, contentType(file), read(file), HEADERS)));
        return new Console(Map.copyOf(pages));
    }

    boolean has(String path) {
        return pages.containsKey(path);
    }

    HttpAnswer page(HttpExchange exchange) {
        HttpAnswer page = pages.get(exchange.path());
        if (page == null
                || !(exchange.method().equals(HttpMethod.GET)
                        || exchange.method().equals(HttpMethod.HEAD))) {
            return HttpAnswer.error(HttpResponseStatus.METHOD_NOT_ALLOWED, "Only GET is answered here.");
        }
        return page;
    }

    private static String contentType(String file) {
        return switch (file.substring(file.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            default -> "text/javascript; charset=utf-8";
        };
    }

    private static byte[] read(String file) {
        try (@Nullable InputStream in = Console.class.getResourceAsStream("/console/" + file)) {
            if (in == null) {
                throw new IllegalStateException("console/" + file + " is missing from the gateway's jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
