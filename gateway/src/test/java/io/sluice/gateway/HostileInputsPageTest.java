package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/hostile-inputs.md} names tests that are there, and leaves no entry out. */
final class HostileInputsPageTest {

    private static final Pattern TEST = Pattern.compile("`(\\w+Test)#(\\w+)`");
    private static final Pattern ENTRY = Pattern.compile("H(\\d+)(?: to H(\\d+))?");

    @Test
    void everyTestThatIsNamedIsThere() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (String module : List.of("gateway", "bridge", "protocol")) {
            try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "test"))) {
                files.filter(file -> file.toString().endsWith("Test.java")).forEach(sources::add);
            }
        }
        Matcher named = TEST.matcher(page());
        int names = 0;
        while (named.find()) {
            names++;
            assertThat(sources)
                    .as(named.group())
                    .anyMatch(source -> source.endsWith(named.group(1) + ".java") && has(source, named.group(2)));
        }
        assertThat(names).isGreaterThan(70);
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "9, 30", "31, 54", "60, 67", "70, 78", "100, 113", "120, 128", "140, 143"})
    void everyEntryOfAGroupIsThere(int first, int last) throws IOException {
        List<Integer> entries = new ArrayList<>();
        Matcher entry = ENTRY.matcher(page());
        while (entry.find()) {
            int from = Integer.parseInt(entry.group(1));
            int to = entry.group(2) == null ? from : Integer.parseInt(entry.group(2));
            IntStream.rangeClosed(from, to).forEach(entries::add);
        }
        assertThat(entries)
                .containsAll(IntStream.rangeClosed(first, last).boxed().toList());
    }

    private static String page() throws IOException {
        return Files.readString(Path.of("..", "docs", "hostile-inputs.md"));
    }

    private static boolean has(Path source, String method) {
        try {
            return Files.readString(source).contains("    void " + method + "(");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
