package io.sluice.gateway.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** AMQP URIs as the file has them. */
final class AmqpUri {

    private static final Pattern PASSWORD = Pattern.compile("(?<=//)([^/@:]*):.*(?=@)");

    private AmqpUri() {}

    /** What is wrong with {@code uri}, in a sentence that repeats nothing of it, as it may hold a password; null where nothing is. */
    static @Nullable String problem(String uri) {
        try {
            URI parsed = new URI(uri);
            if (!"amqp".equalsIgnoreCase(parsed.getScheme()) && !"amqps".equalsIgnoreCase(parsed.getScheme())) {
                return "Expected a URI that begins with amqp:// or amqps://.";
            }
            if (parsed.getHost() == null) {
                return "Expected a URI such as amqp://user:password@host:5672/vhost; is a special character of the password not percent-encoded?";
            }
            String path = parsed.getRawPath();
            return path.indexOf('/', 1) < 0
                    ? null
                    : "The virtual host has a slash: write it as %2f, for the default one amqp://host/%2f.";
        } catch (URISyntaxException malformed) {
            return "Expected a URI such as amqp://user:password@host:5672/%2f, special characters percent-encoded.";
        }
    }

    /** {@code uri} with its password replaced. */
    static String redacted(String uri) {
        return PASSWORD.matcher(uri).replaceFirst("$1:***");
    }
}
