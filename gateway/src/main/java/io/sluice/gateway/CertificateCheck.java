package io.sluice.gateway;

import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.config.Tls;
import io.sluice.gateway.tls.ServerTls;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The certificates of the listeners, read as {@code serve} reads them. */
final class CertificateCheck {

    /** Time enough for who renews by hand. */
    private static final Duration SOON = Duration.ofDays(21);

    private CertificateCheck() {}

    /** Blocks on the disk. */
    static BrokerCheck.Result of(Configuration configuration, Instant now) {
        List<String> findings = new ArrayList<>();
        List<String> advice = new ArrayList<>();
        for (Listener listener : configuration.listeners()) {
            Tls tls = listener.tls();
            if (tls == null) {
                continue;
            }
            try {
                Instant expires = new ServerTls(tls, configuration.limits().handshakeTimeout()).expires();
                if (expires.isBefore(now.plus(SOON))) {
                    advice.add(
                            "listener %s: its certificate expires on %s: renew it; a running gateway takes it without a restart."
                                    .formatted(listener.name(), expires));
                }
            } catch (IOException unusable) {
                findings.add("listener " + listener.name() + ": tls: " + unusable.getMessage());
            }
        }
        return new BrokerCheck.Result(findings, advice);
    }
}
