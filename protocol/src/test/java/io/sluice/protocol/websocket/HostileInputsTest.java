package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code hostile-inputs.md} names tests that are there. */
final class HostileInputsTest {

    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        List<Path> sources = new ArrayList<>(tests(Path.of("src", "test")));
        sources.addAll(tests(Path.of("..", "gateway", "src", "test")));
        Matcher named = TEST.matcher(Files.readString(Path.of("hostile-inputs.md")));
        int names = 0;
        while (named.find()) {
            names++;
            assertThat(sources)
                    .as(named.group())
                    .anyMatch(source -> source.endsWith(named.group(1) + ".java") && has(source, named.group(2)));
        }
        assertThat(names).isGreaterThan(100);
    }

    private static List<Path> tests(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith("Test.java")).toList();
        }
    }

    private static boolean has(Path source, String method) {
        try {
            return Files.readString(source).contains("    void " + method + "(");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
