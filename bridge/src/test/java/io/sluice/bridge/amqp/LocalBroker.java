package io.sluice.bridge.amqp;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A {@code rabbitmq-server} of this machine as a child process, on free ports of 127.0.0.1 and in a directory of its own, with an epmd of
 * its own. All of it ends with {@link #close}, at the latest with the JVM.
 */
final class LocalBroker extends TestBroker {

    private static final int PATIENCE_SECONDS = 60;

    private final Path scripts = scripts();
    private final Path home = temporaryDirectory();
    private final int port = freePort();
    private final String name;
    private final Epmd epmd;
    private final boolean alone;
    private final Map<String, String> environment;
    private final Thread atExit = new Thread(this::destroy, "test-broker-exit");
    private @Nullable Process node;
    private boolean paused;

    /** A node that is no other's peer. */
    LocalBroker(List<String> configuration) {
        this("sluice@localhost", new Epmd(epmdBinary()), true, "sluice", configuration);
    }

    /** A node that others may join: those with the same {@code epmd}, which is theirs to close, and the same cookie. */
    LocalBroker(String name, Epmd epmd, String cookie, List<String> configuration) {
        this(name, epmd, false, cookie, configuration);
    }

    private LocalBroker(String name, Epmd epmd, boolean alone, String cookie, List<String> configuration) {
        this.name = name;
        this.epmd = epmd;
        this.alone = alone;
        this.environment = environment(freePort(), "-setcookie " + cookie);
        List<String> lines = new ArrayList<>(List.of(
                "loopback_users = none", "listeners.tcp.1 = 127.0.0.1:" + port, "disk_free_limit.absolute = 50MB"));
        lines.addAll(configuration);
        write("rabbitmq.conf", String.join("\n", lines) + "\n");
        write("enabled_plugins", "[].\n");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** As its peers know it: {@code sluice@localhost}. */
    String name() {
        return name;
    }

    @Override
    public String uri(String user, String password) {
        return "amqp://" + user + ":" + password + "@127.0.0.1:" + port + "/%2f";
    }

    @Override
    public synchronized void start() {
        paused = false;
        epmd.start();
        // The pid file would still name the node that was killed.
        delete(home.resolve("pid"));
        node = spawn("console", List.of(scripts.resolve("rabbitmq-server").toString()));
        ctl(
                "wait",
                "--timeout",
                String.valueOf(PATIENCE_SECONDS),
                home.resolve("pid").toString());
    }

    @Override
    public synchronized void stop() {
        Process running = running();
        running.destroy();
        if (!ended(running, 30)) {
            running.destroyForcibly();
        }
    }

    @Override
    public synchronized void kill() {
        if (!paused) {
            writeDown();
        }
        Process running = running();
        running.destroyForcibly();
        ended(running, 10);
    }

    /**
     * The names of the Raft servers, that of the stream coordinator among them, are written to disk now and then only: a node that is
     * killed in its first minutes would forget every stream. This makes it as old as those that are in use.
     */
    private void writeDown() {
        ctl("eval", "[dets:sync(T) || T <- dets:all()].");
    }

    @Override
    public synchronized void pause() {
        paused = true;
        long pid = running().pid();
        run(List.of("kill", "-STOP", String.valueOf(pid)));
        Path threads = Path.of("/proc", String.valueOf(pid), "task");
        if (Files.isDirectory(threads)) {
            // The signal is sent, but the last thread may still be running.
            await().until(() -> under(threads, "stat").allMatch(LocalBroker::stopped));
        }
    }

    /** Whether the state of a thread, the field behind its name in parentheses, is T. */
    private static boolean stopped(Path stat) {
        try {
            String line = Files.readString(stat);
            return line.startsWith(") T", line.lastIndexOf(')'));
        } catch (IOException ended) {
            return true;
        }
    }

    @Override
    public synchronized void resume() {
        paused = false;
        run(List.of("kill", "-CONT", String.valueOf(running().pid())));
    }

    @Override
    public String ctl(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(scripts.resolve("rabbitmqctl").toString());
        command.add("--silent");
        command.addAll(List.of(arguments));
        return run(command);
    }

    @Override
    public synchronized void close() {
        if (node != null && node.isAlive()) {
            resume();
            stop();
        }
        discard();
    }

    /** Ends it at once, and removes what it wrote. */
    synchronized void discard() {
        destroy();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            return;
        }
    }

    private Process running() {
        if (node == null || !node.isAlive()) {
            throw new IllegalStateException("The test broker does not run: start() it first.");
        }
        return node;
    }

    private void destroy() {
        if (node != null) {
            node.destroyForcibly();
            ended(node, 10);
        }
        if (alone) {
            epmd.close();
        }
        try (Stream<Path> files = Files.walk(home)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException | UncheckedIOException gone) {
            return;
        }
    }

    private Process spawn(String name, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.directory(home.toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(
                ProcessBuilder.Redirect.appendTo(home.resolve(name + ".log").toFile()));
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        try {
            return builder.start();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private String run(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            if (!process.waitFor(PATIENCE_SECONDS + 30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command + " did not end");
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(command + ": " + output.join() + console());
            }
            return output.join();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private String console() {
        try {
            return "\nConsole of the node:\n" + Files.readString(home.resolve("console.log"));
        } catch (IOException none) {
            return "";
        }
    }

    private Map<String, String> environment(int distributionPort, String cookie) {
        return Map.ofEntries(
                Map.entry("HOME", home.toString()),
                Map.entry("ERL_EPMD_PORT", String.valueOf(epmd.port())),
                Map.entry("ERL_EPMD_ADDRESS", "127.0.0.1"),
                Map.entry("RABBITMQ_NODENAME", name),
                Map.entry("RABBITMQ_DIST_PORT", String.valueOf(distributionPort)),
                Map.entry("RABBITMQ_MNESIA_BASE", home.resolve("mnesia").toString()),
                Map.entry("RABBITMQ_LOG_BASE", home.resolve("log").toString()),
                Map.entry("RABBITMQ_LOGS", home.resolve("log/node.log").toString()),
                Map.entry("RABBITMQ_PID_FILE", home.resolve("pid").toString()),
                Map.entry(
                        "RABBITMQ_ENABLED_PLUGINS_FILE",
                        home.resolve("enabled_plugins").toString()),
                Map.entry("RABBITMQ_CONFIG_FILE", home.resolve("rabbitmq.conf").toString()),
                Map.entry("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
                // The script then becomes the node instead of waiting for it: our child's pid is the node's.
                Map.entry("RUNNING_UNDER_SYSTEMD", "true"),
                Map.entry(
                        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                        cookie + " -kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none"),
                Map.entry("RABBITMQ_CTL_ERL_ARGS", cookie));
    }

    /** The directory of the scripts themselves: those of {@code /usr/sbin} change the user and use fixed directories. */
    private static Path scripts() {
        Stream<Path> installed = under(Path.of("/usr/lib/rabbitmq/lib"), "sbin");
        Stream<Path> elsewhere = Stream.of("/opt/rabbitmq/sbin", "/opt/homebrew/sbin", "/usr/local/sbin")
                .map(Path::of);
        return Stream.of(installed, elsewhere, path().stream())
                .flatMap(candidates -> candidates)
                .filter(directory -> Files.isExecutable(directory.resolve("rabbitmq-server")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "This test needs a RabbitMQ: set AMQP_URI, or start Docker, or install"
                                + " one with `apt-get install --no-install-recommends rabbitmq-server`."));
    }

    static Path epmdBinary() {
        Stream<Path> erlang = under(Path.of("/usr/lib/erlang"), "bin");
        return Stream.concat(path().stream(), erlang)
                .map(directory -> directory.resolve("epmd"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("RabbitMQ is here but Erlang's epmd is not on the PATH."));
    }

    private static List<Path> path() {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.of(path.split(File.pathSeparator)).map(Path::of).toList();
    }

    /** {@code name} in each directory of {@code parent}, the newest version first. */
    private static Stream<Path> under(Path parent, String name) {
        if (!Files.isDirectory(parent)) {
            return Stream.empty();
        }
        try (Stream<Path> children = Files.list(parent)) {
            return children.sorted(Comparator.reverseOrder()).map(child -> child.resolve(name)).toList().stream();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static boolean ended(Process process, int seconds) {
        try {
            return process.waitFor(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void write(String name, String content) {
        try {
            Files.writeString(home.resolve(name), content);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("sluice-rabbitmq-");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
