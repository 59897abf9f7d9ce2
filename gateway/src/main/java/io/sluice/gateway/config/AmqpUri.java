package io.sluice.gateway.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.util.Locale;
import java.util.regex.Matcher;
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

    static boolean isTls(String uri) {
        return uri.regionMatches(true, 0, "amqps:", 0, "amqps:".length());
    }

    /** {@code uri} with {@code password} for its user, if it names a user and no password. */
    static String withPassword(String uri, String password) {
        String user = URI.create(uri).getRawUserInfo();
        if (user == null || user.contains(":")) {
            return uri;
        }
        // "+" is a space in forms only, so a space must be written as the URI has it (RFC 3986, 2.1).
        String encoded = URLEncoder.encode(password, UTF_8).replace("+", "%20");
        return uri.replaceFirst(
                "//" + Pattern.quote(user) + "@", Matcher.quoteReplacement("//" + user + ":" + encoded + "@"));
    }

    /** Whether it logs in as the user that every RabbitMQ has, at a host that is not this one. */
    static boolean isGuestElsewhere(String uri) {
        URI parsed = URI.create(uri);
        String user = parsed.getRawUserInfo();
        boolean guest = user == null || user.equals("guest") || user.startsWith("guest:");
        return guest && !Origin.isLoopback(parsed.getHost().toLowerCase(Locale.ROOT));
    }

    /** {@code uri} with its password replaced. */
    static String redacted(String uri) {
        return PASSWORD.matcher(uri).replaceFirst("$1:***");
    }
}
