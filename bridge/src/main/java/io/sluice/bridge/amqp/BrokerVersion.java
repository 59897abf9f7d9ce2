package io.sluice.bridge.amqp;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The version of a RabbitMQ; one that cannot be read is taken for the newest. */
record BrokerVersion(String name, int major, int minor, int patch) {

    private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

    /** With these the faults that are known to be reached from AMQP are mended. */
    private static final BrokerVersion GOOD = new BrokerVersion("", 4, 2, 10);

    private static final BrokerVersion NEXT = new BrokerVersion("", 4, 3, 0);
    private static final BrokerVersion GOOD_NEXT = new BrokerVersion("", 4, 3, 5);

    /** @param name such as {@code RabbitMQ 3.10.8} */
    static BrokerVersion of(String name) {
        Matcher numbers = NUMBERS.matcher(name);
        return numbers.find()
                ? new BrokerVersion(name, number(numbers.group(1)), number(numbers.group(2)), number(numbers.group(3)))
                : new BrokerVersion(name, Integer.MAX_VALUE, 0, 0);
    }

    boolean hasStreams() {
        return !before(3, 9, 0);
    }

    /** What is to be done about it; null for nothing. */
    @Nullable
    String advice() {
        if (before(3, 10, 0)) {
            return "The broker is " + name
                    + ", older than any that Sluice is tried with, and gets no security fixes: upgrade to RabbitMQ 4.";
        }
        if (before(4, 0, 0)) {
            return "The broker is " + name + ", which gets no security fixes any more: plan for RabbitMQ 4.";
        }
        return before(GOOD) || (!before(NEXT) && before(GOOD_NEXT))
                ? "The broker is " + name
                        + ", and later ones of its line have mended known faults: upgrade to RabbitMQ 4.2.10 or 4.3.5."
                : null;
    }

    private boolean before(BrokerVersion other) {
        return before(other.major, other.minor, other.patch);
    }

    private boolean before(int otherMajor, int otherMinor, int otherPatch) {
        if (major != otherMajor) {
            return major < otherMajor;
        }
        return minor != otherMinor ? minor < otherMinor : patch < otherPatch;
    }

    private static int number(@Nullable String digits) {
        return digits == null ? 0 : Integer.parseInt(digits.substring(0, Math.min(6, digits.length())));
    }
}
