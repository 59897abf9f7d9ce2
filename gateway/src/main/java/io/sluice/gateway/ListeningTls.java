package io.sluice.gateway;

import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.config.Tls;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.tls.ServerTls;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The certificates of one listener, as they are on the disk. Used by one thread at a time. */
final class ListeningTls {

    private static final Logger LOG = LoggerFactory.getLogger(ListeningTls.class);

    private final String listener;
    private final ServerTls server;
    private final Meters meters;
    private volatile Tls configured;

    /**
     * Reads them; blocks.
     *
     * @throws IOException with a sentence that names the listener and a file
     */
    ListeningTls(Listener listener, Tls configured, Duration handshakeTimeout, Meters meters) throws IOException {
        this.listener = listener.name();
        this.configured = configured;
        this.meters = meters;
        try {
            server = new ServerTls(configured, handshakeTimeout);
        } catch (IOException e) {
            throw new IOException("listener " + this.listener + ": tls: " + e.getMessage(), e);
        }
    }

    ServerTls server() {
        return server;
    }

    List<String> files() {
        return ServerTls.files(configured);
    }

    /** Other files, perhaps, from now on. */
    void configured(Tls other) {
        if (!other.equals(configured)) {
            configured = other;
            reload();
        }
    }

    /** Reads the files anew. What is wrong with them leaves the old certificates in force. Blocks. */
    void reload() {
        try {
            server.apply(configured);
            meters.reload("certificates", "ok");
            LOG.info("listener {} shows its certificates as they are now, good until {}", listener, server.expires());
        } catch (IOException refused) {
            meters.reload("certificates", "failed");
            LOG.warn(
                    "listener {} keeps its old certificates, good until {}: {}",
                    listener,
                    server.expires(),
                    refused.getMessage());
        }
    }
}
