package io.sluice.gateway.config;

import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations and sizes as the file writes them: a whole number and a unit. */
public final class Units {

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("(\\d{1,18})([A-Za-z]+)");

    /** In milliseconds, the greatest first. */
    private static final List<Unit> DURATIONS = List.of(
            new Unit("d", 86_400_000),
            new Unit("h", 3_600_000),
            new Unit("m", 60_000),
            new Unit("s", 1000),
            new Unit("ms", 1));

    /** In bytes, the greatest first. */
    private static final List<Unit> SIZES =
            List.of(new Unit("GiB", 1 << 30), new Unit("MiB", 1 << 20), new Unit("KiB", 1 << 10), new Unit("B", 1));

    private Units() {}

    /** {@code 250ms 30s 5m 2h 1d}; null where {@code text} is none, or longer than fits. */
    public static @Nullable Duration duration(String text) {
        Long millis = parse(text, DURATIONS);
        return millis == null ? null : Duration.ofMillis(millis);
    }

    /** {@code 512B 64KiB 1MiB 2GiB}, in bytes; null where {@code text} is none, or more than fits. */
    static @Nullable Long size(String text) {
        return parse(text, SIZES);
    }

    /** As the file would write it, in the greatest unit that is exact. */
    static String text(Duration duration) {
        return duration.isZero() ? "0s" : write(duration.toMillis(), DURATIONS);
    }

    /** As the file would write it, in the greatest unit that is exact. */
    static String text(long bytes) {
        return write(bytes, SIZES);
    }

    private static @Nullable Long parse(String text, List<Unit> units) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        long number = Long.parseLong(matcher.group(1));
        for (Unit unit : units) {
            if (unit.name.equals(matcher.group(2))) {
                return number > Long.MAX_VALUE / unit.size ? null : (Long) (number * unit.size);
            }
        }
        return null;
    }

    private static String write(long number, List<Unit> units) {
        for (Unit unit : units) {
            if (number >= unit.size && number % unit.size == 0) {
                return number / unit.size + unit.name;
            }
        }
        return "0" + units.get(units.size() - 1).name;
    }

    private record Unit(String name, long size) {}
}
