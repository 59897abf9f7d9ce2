package io.sluice.gateway.config;

import io.sluice.gateway.config.Configuration.Listener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;

/** What a configuration must say before {@code serve} opens it to the world. {@code insecure: true} waives all of it. */
public final class ServeRules {

    private final Configuration configuration;
    private final List<Finding> refusals = new ArrayList<>();

    private ServeRules(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Why {@code serve} must not start; empty where it may. Looks at the files that the configuration names. */
    public static List<Finding> refusals(Configuration configuration) {
        if (configuration.insecure()) {
            return List.of();
        }
        ServeRules rules = new ServeRules(configuration);
        rules.origins();
        rules.identities();
        rules.addresses();
        rules.keyFiles();
        return rules.refusals;
    }

    private void origins() {
        if (configuration.origins().isEmpty()) {
            refuse("origins", "No page may connect: list the origins of yours, such as [\"https://app.example.com\"].");
        }
        int every = configuration.origins().indexOf("*");
        if (every >= 0) {
            refuse("origins[" + every + "]", "\"*\" lets every page of the web connect: list the origins of yours.");
        }
    }

    private void identities() {
        Authentication authentication = configuration.authentication();
        boolean named = !authentication.jwt().isEmpty() || authentication.hook() != null || byCertificate();
        if (configuration.permissions().isEmpty()) {
            refuse("permissions", "Nothing is allowed: add grants, such as [{subscribe: [\"prices.#\"]}].");
        } else if (!named && configuration.permissions().stream().allMatch(grant -> grant.role() != null)) {
            refuse(
                    "permissions",
                    "Everybody is anonymous, and every grant is for a role: add one without, or a way to log in.");
        }
        if (!named && !authentication.anonymous()) {
            refuse("authentication", "Nobody can be let in: add an issuer under jwt, or say anonymous: true.");
        }
    }

    private boolean byCertificate() {
        return configuration.listeners().stream()
                .map(Listener::tls)
                .anyMatch(tls -> tls != null && tls.clientCa() != null);
    }

    private void addresses() {
        Authentication authentication = configuration.authentication();
        for (int i = 0; i < authentication.jwt().size(); i++) {
            String jwksUri = authentication.jwt().get(i).jwksUri();
            if (jwksUri != null && HttpAddress.isInTheClear(jwksUri)) {
                refuse(
                        "authentication.jwt[" + i + "].jwksUri",
                        "Keys fetched over http from another host can be forged on the way: use https.");
            }
        }
        if (authentication.hook() != null
                && HttpAddress.isInTheClear(authentication.hook().url())) {
            refuse(
                    "authentication.hook.url",
                    "Over http to another host, credentials can be read and answers forged on the way: use https.");
        }
        List<String> uris = configuration.amqp().uris();
        for (int i = 0; i < uris.size(); i++) {
            if (AmqpUri.isGuestElsewhere(uris.get(i))) {
                refuse(
                        "amqp.uris[" + i + "]",
                        "The whole world knows the user guest: give the gateway a user of its own on that broker.");
            }
        }
    }

    private void keyFiles() {
        for (int i = 0; i < configuration.listeners().size(); i++) {
            Tls tls = configuration.listeners().get(i).tls();
            if (tls != null) {
                keyFile("listeners[" + i + "].tls.key", tls.certificate());
                for (int j = 0; j < tls.sni().size(); j++) {
                    keyFile(
                            "listeners[%d].tls.sni[%d].key".formatted(i, j),
                            tls.sni().get(j).certificate());
                }
            }
        }
        if (configuration.amqp().tls() != null && configuration.amqp().tls().certificate() != null) {
            keyFile("amqp.tls.key", configuration.amqp().tls().certificate());
        }
    }

    private void keyFile(String key, Tls.Files files) {
        try {
            if (Files.getPosixFilePermissions(Path.of(files.key())).contains(PosixFilePermission.OTHERS_READ)) {
                refuse(key, "Every user of this machine can read the private key: chmod o-r " + files.key() + ".");
            }
        } catch (IOException | UnsupportedOperationException unknown) {
            // A file that is not there is told elsewhere, and where there are no such permissions there is nothing to
            // say.
            return;
        }
    }

    private void refuse(String key, String sentence) {
        refusals.add(new Finding(key, sentence));
    }
}
