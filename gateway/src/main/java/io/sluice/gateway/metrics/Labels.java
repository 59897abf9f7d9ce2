package io.sluice.gateway.metrics;

import java.util.Locale;

/** Label values: from fixed sets and the configuration only, so that the number of series does not depend on clients. */
final class Labels {

    private Labels() {}

    /** {@code DROP_OLDEST} as {@code dropOldest}, the way the configuration writes it. */
    static String of(Enum<?> value) {
        StringBuilder label = new StringBuilder();
        for (String word : value.name().toLowerCase(Locale.ROOT).split("_", -1)) {
            label.append(label.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return label.toString();
    }
}
