package io.sluice.gateway;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once a minute that the gateway stands open, so that nobody can say he did not know. */
final class InsecureWarning implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(InsecureWarning.class);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread daemon = new Thread(task, "sluice-insecure");
        daemon.setDaemon(true);
        return daemon;
    });

    /** Warns at once, and each time that so many seconds have passed, until it is closed. */
    void every(long seconds) {
        var unused = thread.scheduleAtFixedRate(
                () -> LOG.warn(
                        "insecure: true: what serve refuses otherwise is allowed. Remove it before anybody else can reach this port."),
                0,
                seconds,
                TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
