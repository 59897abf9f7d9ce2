package io.sluice.gateway.dev;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ of this machine's {@code rabbitmq-server}, for {@code sluice dev --rabbitmq}: a node of its own on free ports of 127.0.0.1 and in
 * a directory of its own. User and password are {@code guest}.
 *
 * <p>The node, its port mapper and its directory go with {@link #close}, and also with this process, whatever ends it: a shell between the two
 * waits for the end of its standard input.
 */
public final class PrivateRabbit implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration GOODBYE = Duration.ofSeconds(15);

    /** Ends both and removes what they wrote, when nobody holds the other end of standard input any more. */
    private static final String KEEPER = """
            trap '' INT
            "$1" >/dev/null 2>&1 </dev/null & mapper=$!
            "$2" >"$3/console.log" 2>&1 </dev/null & node=$!
            cat >/dev/null
            kill $node 2>/dev/null
            ( sleep 5; kill -9 $node 2>/dev/null ) >/dev/null 2>&1 & late=$!
            wait $node
            kill $late 2>/dev/null
            kill -9 $mapper 2>/dev/null
            rm -rf "$3"
            """;

    private final Process keeper;
    private final Path directory;
    private final int port;

    private PrivateRabbit(Process keeper, Path directory, int port) {
        this.keeper = keeper;
        this.directory = directory;
        this.port = port;
    }

    /**
     * Starts, and returns when it takes connections: some 5 seconds. Blocks; not for an event loop.
     *
     * @throws IllegalStateException with a sentence for the console, if there is no {@code rabbitmq-server} or it does not start
     */
    public static PrivateRabbit start() {
        Path scripts = scripts(Path.of("/usr/lib/rabbitmq/lib"), System.getenv().getOrDefault("PATH", ""));
        if (scripts == null) {
            throw new IllegalStateException(
                    "There is no rabbitmq-server on this machine: install one, as with `apt-get install rabbitmq-server`,"
                            + " or start without --rabbitmq.");
        }
        try {
            Path directory = Files.createTempDirectory("sluice-dev-rabbitmq-");
            PrivateRabbit rabbit = launch(scripts, directory);
            rabbit.awaitConnections();
            return rabbit;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where clients connect to: {@code amqp://guest:guest@127.0.0.1:PORT}. */
    public URI uri() {
        return URI.create("amqp://guest:guest@127.0.0.1:" + port);
    }

    /** Where it writes, until it ends. */
    Path directory() {
        return directory;
    }

    /** Stops the node and removes what it wrote. Blocks for up to a few seconds. Idempotent. */
    @Override
    public void close() {
        try {
            keeper.getOutputStream().close();
            if (!keeper.waitFor(GOODBYE.toSeconds(), TimeUnit.SECONDS)) {
                keeper.destroyForcibly();
            }
        } catch (IOException e) {
            keeper.destroyForcibly();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The directory of the scripts themselves: those of {@code /usr/sbin} change the user and use fixed directories. Null for none. */
    static @Nullable Path scripts(Path debian, String path) {
        try (Stream<Path> versions = Files.isDirectory(debian) ? Files.list(debian) : Stream.empty()) {
            Stream<Path> installed = versions.sorted(Comparator.reverseOrder()).map(version -> version.resolve("sbin"));
            Stream<Path> elsewhere = Stream.of(path.split(java.io.File.pathSeparator, -1))
                    .filter(entry -> !entry.isEmpty())
                    .map(Path::of)
                    .filter(entry -> !entry.startsWith("/usr/sbin"));
            return Stream.concat(installed, elsewhere)
                    .filter(directory -> Files.isExecutable(directory.resolve("rabbitmq-server")))
                    .findFirst()
                    .orElse(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static PrivateRabbit launch(Path scripts, Path directory) throws IOException {
        int port = freePort();
        Files.writeString(
                directory.resolve("rabbitmq.conf"),
                String.join("\n", "listeners.tcp.1 = 127.0.0.1:" + port, "disk_free_limit.absolute = 50MB", ""));
        Files.writeString(directory.resolve("enabled_plugins"), "[].\n");
        ProcessBuilder builder = new ProcessBuilder(List.of(
                "sh",
                "-c",
                KEEPER,
                "sluice-dev-rabbitmq",
                "epmd",
                scripts.resolve("rabbitmq-server").toString(),
                directory.toString()));
        builder.environment().putAll(environment(directory));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        return new PrivateRabbit(builder.start(), directory, port);
    }

    private static Map<String, String> environment(Path directory) throws IOException {
        String cookie = "-setcookie sluice" + Long.toHexString(System.nanoTime());
        return Map.ofEntries(
                Map.entry("HOME", directory.toString()),
                Map.entry("ERL_EPMD_PORT", String.valueOf(freePort())),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODENAME", "sluice-dev@localhost"),
                Map.entry("RABBITMQ_DIST_PORT", String.valueOf(freePort())),
                Map.entry("RABBITMQ_MNESIA_BASE", directory.resolve("mnesia").toString()),
                Map.entry("RABBITMQ_LOG_BASE", directory.resolve("log").toString()),
                Map.entry("RABBITMQ_LOGS", directory.resolve("log/node.log").toString()),
                Map.entry("RABBITMQ_PID_FILE", directory.resolve("pid").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        directory.resolve("enabled_plugins").toString()),
                Map.entry(
                        "RABBITMQ_CONFIG_FILE",
                        directory.resolve("rabbitmq.conf").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
                // The script then becomes the node: the pid that the shell knows is the node's.
                Map.entry("RUNNING_UNDER_SYSTEMD", "true"),
                Map.entry(
                        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                        cookie + " -kernel inet_dist_use_interface {127,0,0,1} +sbwt none +Bi"),
                Map.entry("RABBITMQ_CTL_ERL_ARGS", cookie));
    }

    private void awaitConnections() {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setPort(port);
        factory.setHost("127.0.0.1");
        factory.setAutomaticRecoveryEnabled(false);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        CountDownLatch never = new CountDownLatch(1);
        while (System.nanoTime() - deadline < 0 && keeper.isAlive()) {
            try (Connection connection = factory.newConnection("sluice dev")) {
                if (connection.isOpen()) {
                    return;
                }
            } catch (IOException | TimeoutException notYet) {
                await(never);
            }
        }
        String console = console();
        close();
        throw new IllegalStateException(
                "The private RabbitMQ did not start within " + PATIENCE.toSeconds() + " s. " + console);
    }

    private static void await(CountDownLatch never) {
        try {
            if (never.await(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("nobody counts it down");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the private RabbitMQ was started", e);
        }
    }

    private String console() {
        try (Stream<String> lines = Files.lines(directory.resolve("console.log"))) {
            return "Its last words: " + lines.reduce("", (before, line) -> line.isBlank() ? before : line);
        } catch (IOException | UncheckedIOException e) {
            return "It said nothing.";
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
