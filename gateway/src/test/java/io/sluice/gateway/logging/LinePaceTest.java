package io.sluice.gateway.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LinePaceTest {

    private static final String PACE = ": a logger writes 500 lines at once, and then one a second.";

    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> written = new ListAppender<>();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final LinePace pace = new LinePace(now::get);

    @BeforeEach
    void start() {
        written.start();
        pace.setContext(context);
        pace.setExempt("access");
        pace.addAppender(written);
        pace.start();
    }

    @Test
    void aFloodIsFiveHundredLinesAndOneThatSaysSo() {
        log("flood", 10_000);

        assertThat(lines())
                .hasSize(501)
                .startsWith("flood 0", "flood 1")
                .endsWith("Lines are left out from here on" + PACE);
        assertThat(written.list.get(500).getLevel()).isEqualTo(Level.WARN);
        assertThat(written.list.get(500).getLoggerName()).isEqualTo("flood");
    }

    @Test
    void aSecondLaterOneMoreIsWrittenBehindTheCountOfThoseThatWereNot() {
        log("flood", 10_000);
        written.list.clear();
        now.addAndGet(LinePace.PACE_NANOS - 1);
        log("flood", 1);
        assertThat(lines()).isEmpty();

        now.addAndGet(1);
        log("flood", 2);

        assertThat(lines()).containsExactly("9501 lines were left out" + PACE, "flood 0");
    }

    @Test
    void aFloodThatGoesOnIsTwoLinesASecond() {
        log("flood", 501);
        written.list.clear();

        for (int second = 0; second < 100; second++) {
            now.addAndGet(LinePace.PACE_NANOS);
            log("flood", 1_000);
        }

        assertThat(lines()).hasSize(200).endsWith("999 lines were left out" + PACE, "flood 0");
    }

    @Test
    void aFloodHidesNoWarningOfTheSameLogger() {
        log("flood", 10_000);
        written.list.clear();

        log("flood", 3, Level.WARN);
        log("flood", 2, Level.ERROR);

        assertThat(lines()).containsExactly("flood 0", "flood 1", "flood 2", "flood 0", "flood 1");
    }

    @Test
    void warningsAndErrorsAreBoundedTogether() {
        log("flood", 10_000, Level.WARN);
        log("flood", 10_000, Level.ERROR);

        assertThat(lines()).hasSize(501);
    }

    @Test
    void whoIsCalmAgainHasFiveHundredLinesAgainAndNoMore() {
        log("flood", 501);
        now.addAndGet(1_000 * LinePace.PACE_NANOS);
        written.list.clear();

        log("flood", 600);

        assertThat(lines()).hasSize(502).startsWith("1 lines were left out" + PACE, "flood 0");
    }

    @Test
    void aFloodOfOneLoggerHidesNothingOfAnother() {
        log("flood", 10_000);
        written.list.clear();

        log("broker", 3);

        assertThat(lines()).containsExactly("broker 0", "broker 1", "broker 2");
    }

    @Test
    void theOneThatIsExemptIsNotLimited() {
        log("access", 10_000);

        assertThat(written.list).hasSize(10_000);
    }

    private void log(String logger, int lines) {
        log(logger, lines, Level.INFO);
    }

    private void log(String logger, int lines, Level level) {
        for (int i = 0; i < lines; i++) {
            pace.doAppend(
                    new LoggingEvent("test", context.getLogger(logger), level, logger + " {}", null, new Object[] {i}));
        }
    }

    private List<String> lines() {
        return written.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
