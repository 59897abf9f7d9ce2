package io.sluice.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/** What the figures of a run depend on. */
final class Machine {

    private Machine() {}

    /** One line: the date, the processor, the kernel, the versions. */
    static String describe(String broker) throws IOException {
        return String.format(
                Locale.ROOT,
                "%s, revision %s: %d cores of %s, %.0f GB, Linux %s, Java %s, RabbitMQ %s",
                LocalDate.now(ZoneOffset.UTC),
                output("git", "rev-parse", "--short", "HEAD"),
                Runtime.getRuntime().availableProcessors(),
                field(Path.of("/proc/cpuinfo"), "model name"),
                Double.parseDouble(field(Path.of("/proc/meminfo"), "MemTotal").replaceAll("\\D", "")) / 1e6,
                System.getProperty("os.version").replaceAll("-.*", ""),
                System.getProperty("java.version"),
                broker);
    }

    private static String field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return line.replaceAll(".*:\\s*", "");
            }
        }
        return "unknown";
    }

    private static String output(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command)).start();
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }
}
