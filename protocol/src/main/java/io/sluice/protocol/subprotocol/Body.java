package io.sluice.protocol.subprotocol;

import org.jspecify.annotations.Nullable;

/**
 * What a back end published, on its way to a client; how it is carried (as a JSON value, text or base64) is the subprotocol's choice.
 *
 * @param bytes the body as received; shared, not to be written to
 * @param contentType the AMQP {@code content-type}, or what the topic rule pins for bodies without one; null where neither says
 * @param contentEncoding the AMQP {@code content-encoding}; null where there is none
 */
public record Body(
        byte[] bytes,
        @Nullable String contentType,
        @Nullable String contentEncoding) {}
