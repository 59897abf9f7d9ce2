package io.sluice.gateway;

import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.admission.Origins;
import io.sluice.gateway.config.Authentication.Issuer;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The issuers' public keys that are files, and are read anew when these change. */
final class KeyFiles {

    private static final Logger LOG = LoggerFactory.getLogger(KeyFiles.class);

    private final Supplier<Configuration> current;
    private final Admission admission;
    private final Meters meters;

    KeyFiles(Supplier<Configuration> current, Admission admission, Meters meters) {
        this.current = current;
        this.admission = admission;
        this.meters = meters;
    }

    List<String> names() {
        return current.get().authentication().jwt().stream()
                .map(Issuer::publicKey)
                .filter(Objects::nonNull)
                .toList();
    }

    /** What is wrong with them leaves the old keys in force. Blocks. */
    void reload() {
        if (names().isEmpty()) {
            return;
        }
        Configuration configuration = current.get();
        try {
            admission.apply(Origins.of(configuration), configuration);
            meters.reload("keys", "ok");
        } catch (IOException refused) {
            meters.reload("keys", "failed");
            LOG.warn("the issuers keep their old keys: {}", refused.getMessage());
        }
    }
}
