package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class ViolationTest {

    @ParameterizedTest
    @EnumSource(Violation.class)
    void eachHasAReasonThatFitsIntoACloseFrame(Violation violation) {
        assertThat(violation.sentence().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(123);
        assertThat(CloseCode.mayBeSent(violation.closeCode())).isTrue();
        assertThat(violation.id()).isEqualTo(violation.name().toLowerCase(Locale.ROOT));
    }

    /** With id, code and sentence, and no other. */
    @Test
    void theDocumentationListsThemAll() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("..", "docs", "violations.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(row -> row.substring(0, row.indexOf(" | ", row.indexOf(" | ", row.indexOf(" | ") + 1) + 1)))
                .toList();
        assertThat(rows)
                .containsExactlyInAnyOrderElementsOf(Stream.of(Violation.values())
                        .map(it -> "| `%s` | %d | %s".formatted(it.id(), it.closeCode(), it.sentence()))
                        .toList());
    }
}
