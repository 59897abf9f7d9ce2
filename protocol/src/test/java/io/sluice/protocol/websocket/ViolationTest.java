package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
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

    @ParameterizedTest
    @EnumSource(Violation.class)
    void eachIsExplainedInTheDocumentation(Violation violation) throws IOException {
        String page = Files.readString(Path.of("..", "docs", "violations.md"));
        assertThat(page).contains("| `" + violation.id() + "` | " + violation.closeCode() + " | ");
    }
}
