package io.sluice.gateway.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.stream.Collectors;

/**
 * The stack trace of an event, each line of it behind a tab: no line that an exception's message has in it can pass for an event of its
 * own. Made by Logback from its configuration.
 */
public final class IndentedTrace extends ThrowableProxyConverter {

    @Override
    public String convert(ILoggingEvent event) {
        return super.convert(event)
                .lines()
                .map(line -> "\t" + Escapes.escape(line.strip()) + System.lineSeparator())
                .collect(Collectors.joining());
    }
}
