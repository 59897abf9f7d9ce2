package io.sluice.gateway;

import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import io.sluice.gateway.config.Problem;
import io.sluice.gateway.logging.LogLevel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configuration file, read anew while the gateway runs. One that is not fit for {@code serve} changes nothing. */
final class Reload {

    private static final Logger LOG = LoggerFactory.getLogger(Reload.class);

    private final Path file;
    private final Gateway gateway;

    Reload(Path file, Gateway gateway) {
        this.file = file;
        this.gateway = gateway;
    }

    /** Reads the file, and applies what can be applied to a running node. Blocks on the disk. */
    void run() {
        Configuration next = read();
        if (next == null) {
            gateway.meters().reload("configuration", "failed");
            return;
        }
        Configuration before = gateway.configuration();
        if (next.equals(before)) {
            return;
        }
        try {
            gateway.apply(next);
        } catch (IOException refused) {
            LOG.warn("{} is not taken, the gateway goes on as it is: {}", file, refused.getMessage());
            gateway.meters().reload("configuration", "failed");
            return;
        }
        LogLevel.apply(next.log().level());
        gateway.meters().reload("configuration", "ok");
        List<String> later = restartNeeded(before, next);
        LOG.info(
                "{} is in force{}",
                file,
                later.isEmpty() ? "" : ", but for " + String.join(", ", later) + ": restart for these");
    }

    private @Nullable Configuration read() {
        LoadResult result = ConfigurationLoader.load(file, System.getenv());
        List<Problem> problems = result instanceof LoadResult.Loaded loaded
                ? loaded.refusals()
                : ((LoadResult.Rejected) result).problems();
        for (Problem problem : problems) {
            LOG.warn("not taken, the gateway goes on as it is: {}", problem);
        }
        return problems.isEmpty() ? ((LoadResult.Loaded) result).configuration() : null;
    }

    /** The keys that differ and are looked at only at the start. */
    private static List<String> restartNeeded(Configuration before, Configuration next) {
        List<String> keys = new ArrayList<>();
        differs(keys, "listeners", ports(before), ports(next));
        differs(keys, "operations", before.operations(), next.operations());
        differs(keys, "amqp", before.amqp(), next.amqp());
        differs(keys, "topics", before.topics(), next.topics());
        differs(keys, "fanout", before.fanout(), next.fanout());
        return keys;
    }

    private static List<Listener> ports(Configuration configuration) {
        return configuration.listeners().stream()
                .map(listener -> new Listener(listener.host(), listener.port(), null, listener.proxyProtocol()))
                .toList();
    }

    private static void differs(List<String> keys, String key, Object before, Object next) {
        if (!before.equals(next)) {
            keys.add(key);
        }
    }
}
