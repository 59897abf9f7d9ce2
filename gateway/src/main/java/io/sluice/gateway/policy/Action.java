package io.sluice.gateway.policy;

import java.util.Locale;

/** What a principal may be allowed to do on a topic. */
public enum Action {
    SUBSCRIBE,
    PUBLISH,
    REQUEST;

    private final String key = name().toLowerCase(Locale.ROOT);

    /** Its key in a grant: {@code subscribe}. */
    public String key() {
        return key;
    }
}
