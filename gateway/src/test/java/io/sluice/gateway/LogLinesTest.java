package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How {@code bin/sluice} logs, by where its standard error goes. */
@Timeout(120)
final class LogLinesTest {

    /** Its first line tells that nobody listens there, and its second that it listens itself. */
    private static final String YAML = """
            listeners: [{host: 127.0.0.1, port: 0}]
            operations: {host: 127.0.0.1, port: 0}
            amqp: {uris: ["amqp://127.0.0.1:1"]}
            """ + Node.OPEN;

    @TempDir
    private Path directory;

    private Distribution distribution;
    private Path file;

    @BeforeEach
    void layOut() throws IOException {
        distribution = Distribution.in(Files.createDirectory(directory.resolve("sluice")));
        file = Files.writeString(directory.resolve("sluice.yaml"), YAML);
    }

    @Test
    void forACollectorEachLineIsAJsonObject() throws Exception {
        List<String> lines = firstLines(Map.of(), serve());

        for (String line : lines) {
            JsonNode json = JsonMapper.shared().readTree(line);
            assertThat(json.path("timestamp").isIntegralNumber()).as(line).isTrue();
            assertThat(json.path("level").asString()).as(line).isIn("INFO", "WARN");
            assertThat(json.path("formattedMessage").asString()).as(line).isNotEmpty();
        }
        assertThat(JsonMapper.shared()
                        .readTree(lines.get(0))
                        .path("formattedMessage")
                        .asString())
                .contains("amqp://127.0.0.1:1 does not take connections");
    }

    @Test
    void forAPersonAtATerminalItIsText() throws Exception {
        assertThat(firstLines(Map.of(), atTerminal()))
                .allMatch(line -> line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\d (INFO |WARN ) \\w+: .+"));
    }

    @Test
    void whoWantsTheOtherGetsIt() throws Exception {
        assertThat(firstLines(Map.of("SLUICE_LOG", "json"), atTerminal())).allMatch(line -> line.startsWith("{"));
        assertThat(firstLines(Map.of("SLUICE_LOG", "human"), serve())).noneMatch(line -> line.startsWith("{"));
    }

    @Test
    void whatIsNoneOfThemIsRefusedWithWhatIs() throws Exception {
        assertThat(firstLines(Map.of("SLUICE_LOG", "xml"), serve()))
                .containsExactly("sluice: SLUICE_LOG is xml: set it to human or json, or not at all");
        assertThat(firstLines(Map.of("SLUICE_LOG_LEVEL", "loud"), serve()))
                .containsExactly(
                        "sluice: SLUICE_LOG_LEVEL is loud: set it to ERROR, WARN, INFO, DEBUG, TRACE or OFF, or not at all");
    }

    private List<String> serve() {
        return List.of(distribution.command(), "serve", "--config", file.toString());
    }

    /** util-linux's {@code script} gives it a pseudo-terminal. */
    private List<String> atTerminal() {
        return List.of("script", "-qec", String.join(" ", serve()), "/dev/null");
    }

    /** Of both outputs together, two at most, from what is ended then. */
    private List<String> firstLines(Map<String, String> environment, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(Map.of("JAVA_HOME", System.getProperty("java.home"), "TERM", "dumb"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            return out.lines().limit(2).toList();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
    }
}
