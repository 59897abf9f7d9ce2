package io.sluice.gateway.session;

/** Why the gateway closes a session: a close code and a constant reason. */
public enum SessionEnd {
    DRAIN(1001, "going away"),
    MAX_AGE(1001, "max age"),
    TEXT_ONLY(1003, "this subprotocol has text messages only"),
    BINARY_ONLY(1003, "this subprotocol has binary messages only"),
    BAD_REQUESTS(1008, "too many bad requests"),
    INTERNAL(1011, "internal error"),
    SLOW(1013, "slow"),
    AUTHENTICATION_TIMEOUT(4401, "no auth in time"),
    AUTHENTICATION_UNAVAILABLE(1013, "authentication unavailable"),
    TOKEN_INVALID(4401, "token invalid"),
    TOKEN_EXPIRED(4401, "token expired"),
    OTHER_PRINCIPAL(4401, "a refresh keeps issuer and subject"),
    DISCONNECTED(4403, "disconnected by an operator"),
    TOO_MANY_FAILURES(4429, "too many bad tokens"),
    TOO_MANY_CONNECTIONS(4429, "too many connections of this principal"),
    RATE_LIMIT(4429, "rate limit");

    private final int code;
    private final String reason;

    SessionEnd(int code, String reason) {
        this.code = code;
        this.reason = reason;
    }

    public int code() {
        return code;
    }

    public String reason() {
        return reason;
    }
}
