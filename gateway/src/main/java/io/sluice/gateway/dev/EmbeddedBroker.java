package io.sluice.gateway.dev;

import java.net.URI;

/**
 * An AMQP 0-9-1 broker in this process (Apache Qpid Broker-J), in memory, on 127.0.0.1, for a first run without RabbitMQ. User and
 * password are {@code guest}; the virtual host is {@code /}; {@code amq.topic} and the other standard exchanges exist.
 *
 * <p>It is not RabbitMQ, so only the portable subset holds: no streams (so no history), no {@code connection.blocked}, no direct
 * reply-to; prefetch counts per channel; queue arguments such as {@code x-max-length} are accepted and have no effect; an unroutable
 * mandatory publish is nacked before it is returned.
 *
 * <p>Several may run in one process. Nothing is left on disk after {@link #close}.
 */
public final class EmbeddedBroker implements AutoCloseable {

    private final QpidLauncher launcher;

    private EmbeddedBroker(QpidLauncher launcher) {
        this.launcher = launcher;
    }

    /** Starts on any free port. See {@link #start(int)}. */
    public static EmbeddedBroker start() {
        return start(0);
    }

    /**
     * Starts, and returns when the port accepts connections: 1 to 3 seconds. Blocks; not for an event loop.
     *
     * @param port the TCP port, 0 for any free one
     * @throws IllegalStateException with a sentence for the console, if the port is taken or the broker's jars are not on the class path
     */
    public static EmbeddedBroker start(int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        if (!present()) {
            throw new IllegalStateException(
                    "The embedded broker is not on the class path: start with `sluice dev`, which adds lib/dev,"
                            + " or name a RabbitMQ with --amqp amqp://guest:guest@localhost:5672.");
        }
        return new EmbeddedBroker(QpidLauncher.launch(port));
    }

    /** Whether the broker's jars are there. They are for {@code sluice dev} and not for {@code sluice serve}. */
    public static boolean present() {
        try {
            Class.forName("org.apache.qpid.server.SystemLauncher", false, EmbeddedBroker.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** The port it listens on; never 0. */
    public int port() {
        return launcher.port();
    }

    /** Where clients connect to: {@code amqp://guest:guest@127.0.0.1:PORT}. */
    public URI uri() {
        return URI.create("amqp://guest:guest@127.0.0.1:" + port());
    }

    /** Closes all connections and the port; every message is gone. Blocks for up to a few seconds. Idempotent. */
    @Override
    public void close() {
        launcher.shutdown();
    }
}
