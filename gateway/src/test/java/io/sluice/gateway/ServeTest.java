package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice serve} as a process, from its first line to its exit code. */
@Timeout(180)
final class ServeTest {

    private static final Pattern READY = Pattern.compile(
            "sluice ready http://127\\.0\\.0\\.1:(\\d+) http://127\\.0\\.0\\.1:(\\d+) operations http://127\\.0\\.0\\.1:(\\d+)");

    /** The class path of production: no test, no embedded broker. */
    private static final String CLASS_PATH = String.join(
            File.pathSeparator,
            Stream.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                            .split(File.pathSeparator))
                    .filter(entry -> !entry.contains("test-classes") && !entry.endsWith("-tests.jar"))
                    .toList());

    @TempDir
    private Path directory;

    @SuppressWarnings("NullAway.Init") // by each test first of all
    private Process process;

    private int port;
    private int operations;

    @AfterEach
    void kill() {
        process.destroyForcibly();
    }

    @Test
    void aSignalSendsTheSessionsAwayAndTheExitCodeIs0() throws Exception {
        serve("drain: {delay: 4s, window: 1s}\n");
        try (Client first = dial().open();
                Client second = dial().open()) {
            first.expect("welcome");
            second.expect("welcome");
            first.subscribe("drain");

            process.destroy();
            await().atMost(Client.PATIENCE).until(() -> ready().contains("draining"));
            assertThat(get("/health/live")).isEqualTo("{\"status\":\"live\"}\n");
            try (Client late = dial().open()) {
                late.expect("welcome");
                assertThat(late.ask("{\"op\":\"publish\",\"topic\":\"drain\",\"data\":1}")
                                .op())
                        .isEqualTo("ok");
                for (Client client : List.of(second, late)) {
                    Received goaway = client.await("goaway");
                    assertThat(goaway.json().path("reason").asString()).isEqualTo("drain");
                    assertThat(goaway.json().path("reconnect").asInt()).isPositive();
                    assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
                }
                assertThat(first.expect("message").raw("data")).isEqualTo("1");
                first.expect("goaway");
                assertThat(first.closed().code()).isEqualTo(1001);
            }
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
        }
        assertThat(output("out").lines()).hasSize(1);
        assertThat(output("err")).doesNotContain("\tat ").doesNotContain("guest:guest");
    }

    @Test
    void withNoSessionsItEndsAtOnce() throws Exception {
        serve("drain: {delay: 10m, window: 10m}\n");

        process.destroy();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void aSignalBeforeTheBrokerWasThereEndsItToo() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
        }
        spawn("amqp: {uris: [\"amqp://127.0.0.1:" + nobody + "\"]}\n" + Node.OPEN);
        await().atMost(Client.PATIENCE).until(() -> output("err").contains("is RabbitMQ running there?"));
        assertThat(output("out")).isEmpty();

        process.destroy();

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void aMistakeInTheFileIsTheExitCodeOfTheProcess() throws Exception {
        spawn("limits: {mesageBytes: 1}\n");

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(2);
        assertThat(output("err")).contains("messageBytes");
    }

    private void serve(String more) throws IOException {
        spawn("amqp: {uris: [\"" + TestBroker.shared().uri() + "\"]}\n" + Node.OPEN + more);
        await().atMost(Client.PATIENCE).until(() -> output("out").endsWith("\n"));
        Matcher ready = READY.matcher(output("out").strip());
        assertThat(ready.matches()).as(output("out")).isTrue();
        port = Integer.parseInt(ready.group(2));
        operations = Integer.parseInt(ready.group(3));
    }

    private void spawn(String yaml) throws IOException {
        Path file = Files.writeString(directory.resolve("sluice.yaml"), """
                listeners: [{host: 127.0.0.1, port: 0}, {host: 127.0.0.1, port: 0}]
                operations: {host: 127.0.0.1, port: 0}
                """ + yaml);
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        process = new ProcessBuilder(
                        java, "-cp", CLASS_PATH, Main.class.getName(), "serve", "--config", file.toString())
                .redirectOutput(directory.resolve("out").toFile())
                .redirectError(directory.resolve("err").toFile())
                .start();
    }

    private Dial dial() {
        return new Dial(URI.create("ws://127.0.0.1:" + port + "/ws"));
    }

    private String ready() throws Exception {
        return get("/health/ready");
    }

    private String get(String path) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + operations + path);
        return Node.HTTP
                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                .body();
    }

    private String output(String name) throws IOException {
        return Files.readString(directory.resolve(name));
    }
}
