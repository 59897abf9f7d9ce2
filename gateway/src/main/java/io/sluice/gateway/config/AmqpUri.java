package io.sluice.gateway.config;

import java.util.regex.Pattern;

/** AMQP URIs in words that may be shown. */
final class AmqpUri {

    private static final Pattern PASSWORD = Pattern.compile("(?<=//)([^/@:]*):.*(?=@)");

    private AmqpUri() {}

    /** {@code uri} with its password replaced. */
    static String redacted(String uri) {
        return PASSWORD.matcher(uri).replaceFirst("$1:***");
    }
}
