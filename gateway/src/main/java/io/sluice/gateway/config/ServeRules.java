package io.sluice.gateway.config;

import io.sluice.gateway.config.Configuration.Issuer;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a configuration must say before {@code serve} opens it to the world. {@code insecure: true} waives all of it. */
public final class ServeRules {

    private ServeRules() {}

    /** Why {@code serve} must not start; empty where it may. */
    public static List<Finding> refusals(Configuration configuration) {
        if (configuration.insecure()) {
            return List.of();
        }
        List<Finding> refusals = new ArrayList<>();
        if (configuration.origins().isEmpty()) {
            refusals.add(new Finding(
                    "origins",
                    "No page may connect: list the origins of yours, such as [\"https://app.example.com\"]."));
        }
        int every = configuration.origins().indexOf("*");
        if (every >= 0) {
            refusals.add(new Finding(
                    "origins[" + every + "]", "\"*\" lets every page of the web connect: list the origins of yours."));
        }
        if (configuration.permissions().isEmpty()) {
            refusals.add(new Finding(
                    "permissions", "Nothing is allowed: add grants, such as [{subscribe: [\"prices.#\"]}]."));
        }
        Configuration.Authentication authentication = configuration.authentication();
        if (authentication.jwt().isEmpty() && !authentication.anonymous()) {
            refusals.add(new Finding(
                    "authentication", "Nobody can be let in: add an issuer under jwt, or say anonymous: true."));
        }
        for (int i = 0; i < authentication.jwt().size(); i++) {
            if (fetchesKeysInTheClear(authentication.jwt().get(i))) {
                refusals.add(new Finding(
                        "authentication.jwt[" + i + "].jwksUri",
                        "Keys fetched over http from another host can be forged on the way: use https."));
            }
        }
        return refusals;
    }

    private static boolean fetchesKeysInTheClear(Issuer issuer) {
        if (issuer.jwksUri() == null) {
            return false;
        }
        URI uri = URI.create(issuer.jwksUri());
        return "http".equalsIgnoreCase(uri.getScheme())
                && !Origin.isLoopback(uri.getHost().toLowerCase(Locale.ROOT));
    }
}
