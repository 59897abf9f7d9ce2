package io.sluice.protocol.subprotocol;

import java.util.Locale;

/** Why continuity was lost. */
public enum GapReason {
    /** The session, or the gateway, was too slow. */
    SLOW,
    /** The gateway had no broker for a while. */
    BROKER,
    /** The history no longer holds what was missed. */
    HISTORY,
    /** A message was over {@code limits.deliveryBytes}. */
    TOO_LARGE;

    private final String id = name().toLowerCase(Locale.ROOT);

    /** The word on the wire. */
    public String id() {
        return id;
    }
}
