package io.sluice.gateway.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The log as it is shipped, by {@code logback.xml}, under a flood of what a client might have it write. */
final class LogFloodTest {

    private static final int LINES = 20_000;

    /** Ends its line, and goes on as if it were an event: in the two forms that a log has. */
    private static final String FORGED =
            "hello\n12:00:00.000 ERROR Gateway: forged\r\n{\"level\":\"ERROR\",\"formattedMessage\":\"forged\"}\u2028\u001b[2J\u202e";

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void stop() {
        context.stop();
    }

    @ParameterizedTest
    @ValueSource(strings = {"human", "json"})
    void aFloodOfForgedLinesIsAFewHundredAndHidesNoWarning(String format) throws JoranException {
        configure(format);
        Logger one = context.getLogger("flood.One");
        Logger two = context.getLogger("flood.Two");
        long started = System.nanoTime();

        for (int i = 0; i < LINES; i++) {
            one.info("a client said {}", FORGED);
            two.warn("a client did {}", FORGED, new IllegalStateException(FORGED));
        }
        one.warn("this matters");
        context.getLogger("calm.Three").info("this too");

        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - started) + 1;
        List<String> events = written.toString(UTF_8)
                .lines()
                .filter(line -> !line.startsWith("\t"))
                .toList();
        // Of each, 500, the word that lines are left out, and two a second after that.
        assertThat(events).hasSizeBetween(2 * 501 + 2, (int) (2 * (501 + 2 * seconds) + 2));
        assertThat(events)
                .allMatch(line -> line.matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (INFO |WARN ) \\w+: .*")
                        || line.matches("\\{\"timestamp\":.*\\}"));
        assertThat(events).noneMatch(line -> line.contains("ERROR Gateway") && !line.contains("a client"));
        assertThat(events.get(events.size() - 2)).contains("this matters");
        assertThat(events.get(events.size() - 1)).contains("this too");
        assertThat(written.toString(UTF_8)).doesNotContain("\r", "\u2028", "\u001b", "\u202e");
    }

    private void configure(String format) throws JoranException {
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty("SLUICE_LOG", format);
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(Objects.requireNonNull(LinePace.class.getResource("/logback.xml")));
        LinePace paced = (LinePace) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("paced");
        ((ConsoleAppender<ILoggingEvent>) Objects.requireNonNull(paced.getAppender(format))).setOutputStream(written);
    }
}
