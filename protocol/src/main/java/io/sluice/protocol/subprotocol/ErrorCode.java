package io.sluice.protocol.subprotocol;

import java.util.Locale;

/** Why a client's message was not carried out. The connection stays open. */
public enum ErrorCode {
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    NO_SUCH_TOPIC,
    NO_HISTORY,
    INVALID_TOPIC,
    TOO_LARGE,
    RATE_LIMITED,
    LIMIT_EXCEEDED,
    UNROUTABLE,
    REJECTED,
    UNAVAILABLE,
    BUSY,
    TIMEOUT,
    NO_SUCH_TAG,
    UNSUPPORTED;

    private final String id = name().toLowerCase(Locale.ROOT);

    /** The word on the wire: {@code bad_request}. */
    public String id() {
        return id;
    }
}
