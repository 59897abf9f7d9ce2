package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code sluice serve} as a process of its own, on free ports of the loopback address: two public ones, and that for operations. */
final class ServeProcess implements AutoCloseable {

    private static final Pattern READY =
            Pattern.compile("sluice ready http://127\\.0\\.0\\.1:(\\d+) http://127\\.0\\.0\\.1:(\\d+)"
                    + " operations http://127\\.0\\.0\\.1:(\\d+)\n");

    private static final String PORTS = """
            listeners: [{host: 127.0.0.1, port: 0}, {host: 127.0.0.1, port: 0}]
            """ + Admin.OPERATIONS;

    /** What {@code bin/sluice} says to a Java that would warn of native code otherwise (JEP 472, JEP 498). */
    private static final List<String> NATIVES = Runtime.version().feature() < 24
            ? List.of()
            : List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow");

    /** That of production: no test, no embedded broker. */
    static final String CLASS_PATH = Stream.of(
                    System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                            .split(File.pathSeparator, -1))
            .filter(entry ->
                    !entry.contains("test-classes") && !entry.endsWith("-tests.jar") && !entry.contains("qpid"))
            .collect(Collectors.joining(File.pathSeparator));

    private final Path directory;
    private final Process process;

    private ServeProcess(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    /** Starts it, with {@code directory} for its file and what it prints; {@code yaml} has everything but the ports. */
    static ServeProcess start(Path directory, String yaml) {
        return start(directory, yaml, List.of(), List.of());
    }

    /** The same with these options of the JVM. */
    static ServeProcess start(Path directory, String yaml, String... options) {
        return start(directory, yaml, List.of(), List.of(options));
    }

    /** The same with no more than {@code files} file descriptors. */
    static ServeProcess start(Path directory, String yaml, int files) {
        return start(
                directory, yaml, List.of("bash", "-c", "ulimit -n " + files + " && exec \"$@\"", "serve"), List.of());
    }

    /** The same with the ports that {@code yaml} names. */
    static ServeProcess startAsItIs(Path directory, String yaml) {
        return launch(directory, yaml, List.of(), List.of());
    }

    /** Another process in the place of this one, which has ended: with its file and on its ports. */
    ServeProcess again() {
        String yaml = read("sluice.yaml");
        for (int listener = 1; listener <= 3; listener++) {
            yaml = yaml.replaceFirst("port: 0", "port: " + port(listener));
        }
        return launch(directory, yaml, List.of(), List.of());
    }

    private static ServeProcess start(Path directory, String yaml, List<String> before, List<String> options) {
        return launch(directory, PORTS + yaml, before, options);
    }

    private static ServeProcess launch(Path directory, String yaml, List<String> before, List<String> options) {
        try {
            Path file = Files.writeString(directory.resolve("sluice.yaml"), yaml);
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            List<String> command = new ArrayList<>(before);
            command.add(java);
            command.addAll(NATIVES);
            command.addAll(options);
            command.addAll(List.of("-cp", CLASS_PATH, Main.class.getName(), "serve", "--config", file.toString()));
            Process process = new ProcessBuilder(command)
                    .redirectOutput(directory.resolve("out").toFile())
                    .redirectError(directory.resolve("err").toFile())
                    .start();
            return new ServeProcess(directory, process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the line that says so. */
    ServeProcess ready() {
        await().atMost(Client.PATIENCE.multipliedBy(2)).until(() -> out().endsWith("\n"));
        assertThat(out()).as(err()).matches(READY);
        return this;
    }

    /** To the second of its listeners. */
    Dial dial() {
        return new Dial(URI.create("ws://127.0.0.1:" + port(2) + "/ws"));
    }

    /** The body of GET on the operations port. */
    String operations(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port(3) + path);
        return Node.HTTP
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    /** How many files it has open, sockets among them (Linux). */
    int openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return (int) files.count();
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** What an operator does to send it away; gives the status. */
    int drain() throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(3) + "/admin/drain"))
                .header("Authorization", "Bearer " + Admin.TOKEN)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        return Node.HTTP.send(request, BodyHandlers.discarding()).statusCode();
    }

    String out() {
        return read("out");
    }

    String err() {
        return read("err");
    }

    /** Replaces its file; {@code yaml} as at the start. */
    void configure(String yaml) {
        Authority.write(directory.resolve("sluice.yaml"), PORTS + yaml);
    }

    /** SIGHUP. */
    void hangUp() throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-HUP", String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** The second of its listeners. */
    InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port(2));
    }

    InetSocketAddress operations() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port(3));
    }

    /** SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits for its end. */
    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS))
                .as("it has ended")
                .isTrue();
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private int port(int group) {
        Matcher line = READY.matcher(out());
        assertThat(line.matches()).isTrue();
        return Integer.parseInt(line.group(group));
    }

    private String read(String name) {
        try {
            return Files.readString(directory.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
