package io.sluice.gateway.logging;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * An event as one JSON object in one line, in which also what JSON allows as it is stands escaped: {@code jq -r} and a terminal are often
 * the next. Made by Logback from its configuration.
 */
public final class JsonLine extends JsonEncoder {

    @Override
    public byte[] encode(ILoggingEvent event) {
        return (Escapes.escape(new String(super.encode(event), UTF_8).stripTrailing()) + '\n').getBytes(UTF_8);
    }
}
