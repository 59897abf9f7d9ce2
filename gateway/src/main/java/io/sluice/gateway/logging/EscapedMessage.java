package io.sluice.gateway.logging;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/** The message of an event, which may quote what a client sent, in one line. Made by Logback from its configuration. */
public final class EscapedMessage extends ClassicConverter {

    @Override
    public String convert(ILoggingEvent event) {
        return Escapes.escape(event.getFormattedMessage());
    }
}
