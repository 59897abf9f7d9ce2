package io.sluice.gateway.dev;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The page at {@code /} of {@code sluice dev}: static files, read once, served from memory. Immutable, so any thread may ask.
 *
 * <p>The page works under a Content-Security-Policy that allows nothing but these files and a WebSocket to the host it came from.
 */
public final class DemoPage {

    /**
     * One response's body and its headers, lower-case names; {@code content-type} is among them, {@code content-length} is the
     * server's. The body is shared: it must not be written to.
     */
    public record Resource(Map<String, String> headers, byte[] body) {

        /** The value of {@code Content-Type}. */
        public String contentType() {
            return headers.getOrDefault("content-type", "application/octet-stream");
        }
    }

    /** Where the page says that back ends connect to; replaced in the HTML. */
    private static final String BROKER_PLACEHOLDER = "{{broker}}";

    private static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
                    // 'self' covers ws: in browsers that follow CSP level 3; the others need the hosts that `dev`
                    // accepts as origins.
                    + "connect-src 'self' ws://localhost:* ws://127.0.0.1:*; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String INDEX = "index.html";

    private static final List<String> FILES = List.of(
            INDEX,
            "demo.css",
            "demo.js",
            "demo/board.js",
            "demo/connection.js",
            "demo/meter.js",
            "demo/orders.js",
            "demo/publish.js",
            "demo/sparkline.js",
            "demo/stream.js",
            "demo/subscriptions.js",
            "demo/topics.js",
            "demo/wave.svg",
            "favicon.svg");

    private final Map<String, Resource> resources;

    private DemoPage(Map<String, Resource> resources) {
        this.resources = resources;
    }

    /**
     * Reads the files.
     *
     * @param broker the broker that the gateway is connected to. The page shows its host, port and virtual host, never user or password
     */
    public static DemoPage load(URI broker) {
        var resources = new HashMap<String, Resource>();
        for (String file : FILES) {
            resources.put(file.equals(INDEX) ? "/" : "/" + file, resource(file, address(broker)));
        }
        return new DemoPage(Map.copyOf(resources));
    }

    /** The resource at a path as it stands in the request line, without its query; null if there is none (404). */
    public @Nullable Resource resource(String path) {
        return resources.get(path);
    }

    private static Resource resource(String file, String broker) {
        byte[] body = read(file);
        if (file.endsWith(".html")) {
            body = new String(body, StandardCharsets.UTF_8)
                    .replace(BROKER_PLACEHOLDER, escape(broker))
                    .getBytes(StandardCharsets.UTF_8);
        }
        return new Resource(
                Map.of(
                        "content-type", contentType(file),
                        "cache-control", "no-cache",
                        "content-security-policy", CONTENT_SECURITY_POLICY,
                        "cross-origin-opener-policy", "same-origin",
                        "referrer-policy", "no-referrer",
                        "x-content-type-options", "nosniff"),
                body);
    }

    private static String contentType(String file) {
        return switch (file.substring(file.lastIndexOf('.') + 1)) {
            case "html" -> "text/html; charset=utf-8";
            case "css" -> "text/css; charset=utf-8";
            case "js" -> "text/javascript; charset=utf-8";
            case "svg" -> "image/svg+xml";
            default -> throw new IllegalStateException("No content type is known for " + file);
        };
    }

    private static String address(URI broker) {
        String port = broker.getPort() < 0 ? "" : ":" + broker.getPort();
        String virtualHost = broker.getRawPath() == null ? "" : broker.getRawPath();
        return broker.getScheme() + "://" + broker.getHost() + port + virtualHost;
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    private static byte[] read(String file) {
        try (InputStream in = DemoPage.class.getResourceAsStream("/dev/" + file)) {
            if (in == null) {
                throw new IllegalStateException("dev/" + file + " is missing from the gateway's jar");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
