package io.sluice.gateway.config;

import io.sluice.gateway.config.Configuration.Binding;
import io.sluice.gateway.config.Configuration.Permission;
import io.sluice.gateway.config.Configuration.TopicRule;
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
        List<TopicRule> topics = configuration.topics();
        for (int i = 0; i < topics.size(); i++) {
            String key = "topics[" + i + "].";
            refuseIf(topics.get(i).history() != null, key + "history");
            refuseIf(topics.get(i).queue() != null, key + "queue");
            refuseIf(topics.get(i).binding() == Binding.PER_PATTERN, key + "binding");
        }
        List<Permission> permissions = configuration.permissions();
        for (int i = 0; i < permissions.size(); i++) {
            refuseIf(!permissions.get(i).request().isEmpty(), "permissions[" + i + "].request");
        }
    }

    private void refuseIf(boolean set, String key) {
        if (set) {
            findings.add(new Finding(key, "This is not yet supported: remove it."));
        }
    }
}
