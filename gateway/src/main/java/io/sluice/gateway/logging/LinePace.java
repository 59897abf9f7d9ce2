package io.sluice.gateway.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import ch.qos.logback.core.spi.AppenderAttachable;
import ch.qos.logback.core.spi.AppenderAttachableImpl;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets 500 lines of each logger through at once, and one a second after that: whoever finds something that is logged can neither fill the
 * disk nor hide what other loggers have to say. Warnings and errors of a logger have their own 500, so that the rest hides none of them.
 * What is left out is counted, and told once when it begins, and with the next line that is let through. One logger, {@link #setExempt}, is never limited. Made by Logback from its configuration; any thread.
 */
public final class LinePace extends UnsynchronizedAppenderBase<ILoggingEvent>
        implements AppenderAttachable<ILoggingEvent> {

    static final int AT_ONCE = 500;
    static final long PACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String PACE = ": a logger writes " + AT_ONCE + " lines at once, and then one a second";

    private final AppenderAttachableImpl<ILoggingEvent> next = new AppenderAttachableImpl<>();

    /** Both have as many as there are loggers, which are classes. */
    private final Map<String, Allowance> warnings = new ConcurrentHashMap<>();

    private final Map<String, Allowance> others = new ConcurrentHashMap<>();

    private final LongSupplier clock;
    private String exempt = "";

    public LinePace() {
        this(System::nanoTime);
    }

    LinePace(LongSupplier clock) {
        this.clock = clock;
    }

    /** @param logger the name of the one that is not limited, since each of its lines is wanted */
    public void setExempt(String logger) {
        exempt = logger;
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (event.getLoggerName().equals(exempt)) {
            next.appendLoopOnAppenders(event);
            return;
        }
        Map<String, Allowance> allowances = event.getLevel().isGreaterOrEqual(Level.WARN) ? warnings : others;
        Allowance allowance = allowances.computeIfAbsent(event.getLoggerName(), name -> new Allowance());
        long leftOut = allowance.take(clock.getAsLong());
        if (leftOut == Allowance.FIRST_LEFT_OUT) {
            say(event, "Lines are left out from here on" + PACE + ".");
        } else if (leftOut >= 0) {
            if (leftOut > 0) {
                say(event, leftOut + " lines were left out" + PACE + ".");
            }
            next.appendLoopOnAppenders(event);
        }
    }

    private void say(ILoggingEvent about, String sentence) {
        var logger = ((LoggerContext) getContext()).getLogger(about.getLoggerName());
        next.appendLoopOnAppenders(
                new LoggingEvent(LinePace.class.getName(), logger, Level.WARN, sentence, null, null));
    }

    /** A token bucket of lines. */
    private static final class Allowance {

        static final long FIRST_LEFT_OUT = -1;
        static final long LEFT_OUT = -2;

        /** A flood is over when it has left out nothing for about a minute; until then its beginning is not told again. */
        private static final int CALM_LINES = 60;

        private int lines = AT_ONCE;
        private long refilledNanos;
        private boolean begun;
        private long leftOut;
        private boolean flooded;

        /** How many were left out before this one, which is let through; else {@link #FIRST_LEFT_OUT} or {@link #LEFT_OUT}. */
        synchronized long take(long now) {
            refill(now);
            if (lines == 0) {
                leftOut++;
                boolean first = !flooded;
                flooded = true;
                return first ? FIRST_LEFT_OUT : LEFT_OUT;
            }
            flooded &= lines < CALM_LINES;
            lines--;
            long before = leftOut;
            leftOut = 0;
            return before;
        }

        private void refill(long now) {
            if (!begun) {
                begun = true;
                refilledNanos = now;
            }
            long earned = (now - refilledNanos) / PACE_NANOS;
            if (earned > 0) {
                lines = (int) Math.min(AT_ONCE, lines + earned);
                refilledNanos += earned * PACE_NANOS;
            }
        }
    }

    @Override
    public void addAppender(Appender<ILoggingEvent> appender) {
        next.addAppender(appender);
    }

    @Override
    public Iterator<Appender<ILoggingEvent>> iteratorForAppenders() {
        return next.iteratorForAppenders();
    }

    @Override
    public @Nullable Appender<ILoggingEvent> getAppender(String name) {
        return next.getAppender(name);
    }

    @Override
    public boolean isAttached(Appender<ILoggingEvent> appender) {
        return next.isAttached(appender);
    }

    @Override
    public void detachAndStopAllAppenders() {
        next.detachAndStopAllAppenders();
    }

    @Override
    public boolean detachAppender(Appender<ILoggingEvent> appender) {
        return next.detachAppender(appender);
    }

    @Override
    public boolean detachAppender(String name) {
        return next.detachAppender(name);
    }
}
