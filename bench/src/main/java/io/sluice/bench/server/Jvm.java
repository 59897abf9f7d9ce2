package io.sluice.bench.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A Java that Sluice runs on, and how.
 *
 * @param title what a reader knows it by; no comma
 * @param home the directory with its {@code bin}
 * @param options beside those of every server under test
 */
public record Jvm(String title, Path home, List<String> options) {

    /** The Java that runs this, as it comes. */
    public static final Jvm THIS =
            new Jvm("Java " + Runtime.version().feature(), Path.of(System.getProperty("java.home")), List.of());

    /** The home of the newest Java with long-term support that is found here, the image's. */
    public static Optional<Path> newestHome() throws IOException {
        Process script = new ProcessBuilder("scripts/newest-java")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(script.getInputStream(), StandardCharsets.UTF_8))) {
            return Optional.ofNullable(out.readLine())
                    .map(java -> Path.of(java).resolve("../..").normalize());
        }
    }
}
