package io.sluice.protocol.subprotocol;

import java.util.Locale;

/** Why the gateway asks a client to come back on another connection. */
public enum GoawayReason {
    DRAIN,
    MAX_AGE;

    private final String id = name().toLowerCase(Locale.ROOT);

    /** The word on the wire. */
    public String id() {
        return id;
    }
}
