package io.sluice.gateway.logging;

import ch.qos.logback.classic.Logger;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** From which level on events are logged. */
public final class LogLevel {

    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    /** That of the environment, {@code SLUICE_LOG_LEVEL}. */
    private static final ch.qos.logback.classic.Level INITIAL = ROOT.getLevel();

    private LogLevel() {}

    /**
     * Takes effect at once, for all threads.
     *
     * @param level null for that of the environment
     */
    public static void apply(@Nullable Level level) {
        ROOT.setLevel(level == null ? INITIAL : ch.qos.logback.classic.Level.convertAnSLF4JLevel(level));
    }
}
