package io.sluice.gateway.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** H140: what a client wrote ends no line, and hides none. */
final class EscapesTest {

    private static final String FORGERY =
            "a\n12:00:00.000 INFO  Gateway: all is well\u001b[2K\u202egnp\u2028\u0085\u009b";

    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    @ParameterizedTest
    @CsvSource({
        "000a, line feed",
        "000d, carriage return",
        "0009, tab",
        "0000, null",
        "001b, escape",
        "007f, delete",
        "0085, next line",
        "009b, control sequence introducer",
        "00ad, soft hyphen",
        "200b, zero width space",
        "200e, left-to-right mark",
        "2028, line separator",
        "2029, paragraph separator",
        "202e, right-to-left override",
        "2066, left-to-right isolate",
        "d800, half a surrogate pair",
        "feff, byte order mark"
    })
    void whatDoesNotStayInItsLineIsWrittenOut(String code, String name) {
        String text = "a" + (char) Integer.parseInt(code, 16) + "b";

        assertThat(Escapes.escape(text)).as(name).isEqualTo("a\\u" + code + "b");
    }

    @Test
    void aCharacterOfTwoUnitsIsWrittenOutAsBoth() {
        assertThat(Escapes.escape("tag \udb40\udc41.")).isEqualTo("tag \\udb40\\udc41.");
    }

    @Test
    void whatCanBeReadStaysAsItIs() {
        String text = "Grüße, 世界 \ud83d\ude00 \\ \"quoted\" café";

        assertThat(Escapes.escape(text)).isSameAs(text);
    }

    @Test
    void aForgedLineStaysInItsOwn() {
        EscapedMessage converter = new EscapedMessage();

        assertThat(converter.convert(event(FORGERY, null)))
                .isEqualTo(
                        "topic a\\u000a12:00:00.000 INFO  Gateway: all is well\\u001b[2K\\u202egnp\\u2028\\u0085\\u009b");
    }

    @Test
    void aTraceIsBehindTabsWhateverItsExceptionSays() {
        IndentedTrace converter = new IndentedTrace();
        converter.start();

        String trace = converter.convert(event("a", new IllegalStateException(FORGERY)));

        assertThat(trace.lines()).hasSizeGreaterThan(3).allMatch(line -> line.matches("\t[^\\p{Cc}\\p{Cf}]+"));
        assertThat(converter.convert(event("a", null))).isEmpty();
    }

    @Test
    void asJsonItIsOneLineOfPrintableTextAndMeansTheSame() {
        JsonLine encoder = new JsonLine();
        encoder.setContext(context);
        encoder.setWithFormattedMessage(true);
        encoder.start();

        String line = new String(encoder.encode(event(FORGERY + "\"}", new IllegalStateException(FORGERY))), UTF_8);

        assertThat(line).matches("\\{[^\\p{Cc}\\p{Cf}\\u2028\\u2029]+}\n");
        JsonNode json = JsonMapper.shared().readTree(line);
        assertThat(json.path("formattedMessage").asString()).isEqualTo("topic " + FORGERY + "\"}");
        assertThat(json.path("throwable").path("message").asString()).isEqualTo(FORGERY);
    }

    private LoggingEvent event(String quoted, @Nullable Throwable thrown) {
        return new LoggingEvent(
                "test", context.getLogger("test"), Level.WARN, "topic {}", thrown, new Object[] {quoted});
    }
}
