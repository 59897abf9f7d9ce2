package io.sluice.bridge.amqp;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The port mapper by which Erlang nodes find each other, on a free port of 127.0.0.1: a child of ours, since one that a node started itself
 * would outlive it.
 */
final class Epmd implements AutoCloseable {

    private final Path binary;
    private final int port = LocalBroker.freePort();
    private @Nullable Process process;

    Epmd(Path binary) {
        this.binary = binary;
    }

    int port() {
        return port;
    }

    /** Returns when it answers. Idempotent. */
    synchronized void start() {
        if (process != null && process.isAlive()) {
            return;
        }
        ProcessBuilder builder = new ProcessBuilder(binary.toString());
        builder.environment().putAll(Map.of("ERL_EPMD_PORT", String.valueOf(port), "ERL_EPMD_ADDRESS", "127.0.0.1"));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            process = builder.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        await().until(this::answers);
    }

    @Override
    public synchronized void close() {
        if (process != null) {
            process.destroyForcibly();
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }
}
