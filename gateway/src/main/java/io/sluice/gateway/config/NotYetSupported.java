package io.sluice.gateway.config;

import java.util.ArrayList;
import java.util.List;

/** Settings that are defined and have nothing behind them yet. To start with one would promise what does not happen. */
final class NotYetSupported {

    private final List<Finding> findings = new ArrayList<>();

    private NotYetSupported() {}

    static List<Finding> findings(Configuration configuration) {
        NotYetSupported found = new NotYetSupported();
        found.look(configuration);
        return found.findings;
    }

    private void look(Configuration configuration) {
        refuseIf(!configuration.operations().adminToken().isEmpty(), "operations.adminToken");
    }

    private void refuseIf(boolean set, String key) {
        if (set) {
            findings.add(new Finding(key, "This is not yet supported: remove it."));
        }
    }
}
