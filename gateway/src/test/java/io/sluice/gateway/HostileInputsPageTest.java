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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/hostile-inputs.md} leaves no entry out; that the tests it names are there is seen by {@link DocumentsTest}. */
final class HostileInputsPageTest {

    private static final Pattern ENTRY = Pattern.compile("H(\\d+)(?: to H(\\d+))?");

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
}
