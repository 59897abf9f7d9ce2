package io.sluice.gateway.dev;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.SystemLauncherListener.DefaultSystemLauncherListener;
import org.apache.qpid.server.model.Broker;
import org.apache.qpid.server.model.Exchange;
import org.apache.qpid.server.model.Port;
import org.apache.qpid.server.model.Queue;
import org.apache.qpid.server.model.SystemConfig;
import org.apache.qpid.server.model.port.AmqpPort;
import org.apache.qpid.server.virtualhost.QueueManagingVirtualHost;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** All that touches Qpid's classes, apart from {@link EmbeddedBroker}, which must load without them. */
final class QpidLauncher {

    private final Path directory;
    private final SystemLauncher launcher;
    private final int port;
    private boolean shut;

    private QpidLauncher(Path directory, SystemLauncher launcher, int port) {
        this.directory = directory;
        this.launcher = launcher;
        this.port = port;
    }

    static QpidLauncher launch(int port) {
        quieten();
        refuseIfTaken(port);
        Path directory = temporaryDirectory();
        var container = new ContainerListener();
        var launcher = new SystemLauncher(container);
        try {
            launcher.startup(attributes(port, directory));
            return new QpidLauncher(directory, launcher, container.boundPort());
        } catch (Exception e) {
            launcher.shutdown();
            delete(directory);
            throw new IllegalStateException(
                    "The embedded broker did not start on 127.0.0.1:" + port + ": " + e.getMessage(), e);
        }
    }

    int port() {
        return port;
    }

    /** Where Qpid may write; it exists until {@link #shutdown}. */
    Path directory() {
        return directory;
    }

    synchronized void shutdown() {
        if (shut) {
            return;
        }
        shut = true;
        launcher.shutdown();
        delete(directory);
    }

    private static Map<String, Object> attributes(int port, Path directory) {
        var configuration =
                Objects.requireNonNull(QpidLauncher.class.getResource("/dev/broker.json"), "dev/broker.json");
        return Map.of(
                "type",
                "Memory",
                SystemConfig.INITIAL_CONFIGURATION_LOCATION,
                configuration.toString(),
                SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT,
                false,
                "context",
                context(port, directory));
    }

    private static Map<String, String> context(int port, Path directory) {
        return Map.of(
                Broker.QPID_AMQP_PORT, Integer.toString(port),
                SystemConfig.QPID_WORK_DIR, directory.toString(),
                Broker.BROKER_FAIL_STARTUP_WITH_ERRORED_CHILD, "true",
                // By default 64 threads, which is for a server and not for a broker inside another program.
                QueueManagingVirtualHost.VIRTUALHOST_CONNECTION_THREAD_POOL_SIZE, "4",
                QueueManagingVirtualHost.VIRTUALHOST_CONNECTION_THREAD_POOL_NUMBER_OF_SELECTORS, "1",
                // As RabbitMQ: an unroutable mandatory message is returned, it never closes the connection.
                AmqpPort.CLOSE_WHEN_NO_ROUTE, "false",
                // RabbitMQ's arguments (x-max-length and its like) would otherwise close the connection with 542.
                Queue.UNKNOWN_QUEUE_DECLARE_ARGUMENT_BEHAVIOUR_NAME, "IGNORE",
                Exchange.UNKNOWN_EXCHANGE_DECLARE_ARGUMENT_BEHAVIOUR_NAME, "IGNORE");
    }

    /** A taken port is found here, with one sentence; inside the broker it would be hundreds of lines on standard error. */
    private static void refuseIfTaken(int port) {
        try (var probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        } catch (IOException e) {
            throw new IllegalStateException(
                    "The embedded broker cannot listen on 127.0.0.1:" + port + " (" + e.getMessage()
                            + "). Give it another port, or 0 for any free one.",
                    e);
        }
    }

    /** Qpid logs each connection and each binding at INFO, which would bury what `sluice dev` has to say. */
    private static void quieten() {
        for (String name : List.of("org.apache.qpid", "qpid.message", "qpid.statistics")) {
            if (LoggerFactory.getLogger(name) instanceof ch.qos.logback.classic.Logger logger
                    && logger.getLevel() == null) {
                logger.setLevel(ch.qos.logback.classic.Level.WARN);
            }
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("sluice-dev-broker");
        } catch (IOException e) {
            throw new UncheckedIOException("The embedded broker needs a temporary directory (java.io.tmpdir)", e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            LoggerFactory.getLogger(EmbeddedBroker.class).warn("Could not remove {}: {}", directory, e.toString());
        }
    }

    /** Learns which port the broker bound, if it was asked for any. */
    private static final class ContainerListener extends DefaultSystemLauncherListener {

        private volatile @Nullable SystemConfig<?> system;
        private volatile @Nullable RuntimeException failure;

        @Override
        public void onContainerResolve(SystemConfig<?> system) {
            this.system = system;
        }

        @Override
        public void errorOnStartup(RuntimeException failure) {
            this.failure = failure;
        }

        int boundPort() {
            if (failure != null) {
                throw failure;
            }
            var broker = (Broker<?>) Objects.requireNonNull(system, "system").getContainer();
            return broker.getChildren(Port.class).stream()
                    .mapToInt(child -> child.getBoundPort())
                    .filter(bound -> bound > 0)
                    .findFirst()
                    .orElseThrow(() -> new IllegalStateException("no AMQP port is open"));
        }
    }
}
