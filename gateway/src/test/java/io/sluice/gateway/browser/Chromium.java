package io.sluice.gateway.browser;

import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/**
 * One headless browser process with an empty profile, for as long as a test class needs it. {@link #newPage} gives tabs that share
 * nothing but the process's cookies and caches. The binary is {@code CHROMIUM} from the environment, else found on {@code PATH}.
 */
public final class Chromium implements AutoCloseable {

    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome", "chrome");
    private static final Duration START_TIMEOUT = Duration.ofSeconds(30);

    private final Process process;
    private final Path profile;
    private final int port;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Thread atExit = new Thread(this::kill);

    private Chromium(Process process, Path profile) {
        this.process = process;
        this.profile = profile;
        Runtime.getRuntime().addShutdownHook(atExit);
        this.port = debuggingPort();
    }

    /** Starts it: about a second. Fails with a sentence that says how to install one if there is none. */
    public static Chromium launch() {
        Path profile = null;
        try {
            profile = Files.createTempDirectory("sluice-chromium");
            Process process = new ProcessBuilder(command(binary(), profile))
                    .redirectErrorStream(true)
                    .redirectOutput(profile.resolve("chromium.log").toFile())
                    .start();
            return new Chromium(process, profile);
        } catch (IOException e) {
            throw new UncheckedIOException("Chromium did not start (profile " + profile + ")", e);
        }
    }

    /** A new, empty tab. */
    public Page newPage() {
        URI create = URI.create("http://127.0.0.1:" + port + "/json/new?about:blank");
        try {
            String target = http.send(
                            HttpRequest.newBuilder(create)
                                    .PUT(HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            BodyHandlers.ofString())
                    .body();
            String address = JsonMapper.shared()
                    .readTree(target)
                    .get("webSocketDebuggerUrl")
                    .stringValue();
            return new Page(DevTools.connect(http, URI.create(address)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while Chromium opened a tab", e);
        }
    }

    /** Ends the process and its children, and removes the profile. */
    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        kill();
    }

    private void kill() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        delete(profile);
    }

    private static List<String> command(String binary, Path profile) {
        return List.of(
                binary,
                "--headless",
                "--no-sandbox", // CI runs as root, where Chromium's sandbox refuses to start; the pages are our own
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--hide-scrollbars",
                "--force-color-profile=srgb",
                "about:blank");
    }

    private static String binary() {
        String named = System.getenv("CHROMIUM");
        if (named != null && !named.isEmpty()) {
            return named;
        }
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return NAMES.stream()
                .flatMap(name -> Stream.of(path.split(File.pathSeparator)).map(directory -> Path.of(directory, name)))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalStateException(
                                "This test needs a Chromium and found none on PATH."
                                        + " Install one (on Debian: apt-get install chromium), or name its binary in the environment variable CHROMIUM."));
    }

    /** Chromium writes the port it chose into its profile. */
    private int debuggingPort() {
        Path file = profile.resolve("DevToolsActivePort");
        try {
            await("Chromium to open its debugging port").atMost(START_TIMEOUT).until(() -> {
                if (!process.isAlive()) {
                    throw new IllegalStateException(
                            "Chromium ended at once: " + Files.readString(profile.resolve("chromium.log")));
                }
                return Files.exists(file) && Files.readAllLines(file).size() >= 2;
            });
            return Integer.parseInt(Files.readAllLines(file).get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) {
            directory.toFile().deleteOnExit();
        }
    }
}
