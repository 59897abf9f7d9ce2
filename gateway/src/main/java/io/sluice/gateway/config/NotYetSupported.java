package io.sluice.gateway.config;

import io.sluice.gateway.config.Configuration.Issuer;
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
        refuseIf(!configuration.authentication().cookie().isEmpty(), "authentication.cookie");
        List<Issuer> issuers = configuration.authentication().jwt();
        for (int i = 0; i < issuers.size(); i++) {
            String key = "authentication.jwt[" + i + "].";
            refuseIf(issuers.get(i).jwksUri() != null, key + "jwksUri");
            refuseIf(!List.of("HS256").containsAll(issuers.get(i).algorithms()), key + "algorithms");
        }
        List<TopicRule> topics = configuration.topics();
        for (int i = 0; i < topics.size(); i++) {
            String key = "topics[" + i + "].";
            refuseIf(topics.get(i).narrow(), key + "narrow");
        }
        refuseIf(!configuration.limits().maxAge().isZero(), "limits.maxAge");
    }

    private void refuseIf(boolean set, String key) {
        if (set) {
            findings.add(new Finding(key, "This is not yet supported: remove it."));
        }
    }
}
