package io.sluice.bench.report;

import java.util.Locale;

/** How figures are written: three significant digits, and the spread behind the median. */
enum Figure {
    RATIO(1, "×"),
    MICROS(1, " µs"),
    MILLIS(1e-3, " ms"),
    PER_SECOND(1, "/s"),
    MEGA_PER_SECOND(1e-6, " M/s"),
    BYTES(1, " B"),
    KILOBYTES(1e-3, " KB"),
    MEBIBYTES(1.0 / (1 << 20), " MiB"),
    PERCENT(100, " %"),
    CORES(1, "");

    private final double scale;
    private final String unit;

    Figure(double scale, String unit) {
        this.scale = scale;
        this.unit = unit;
    }

    /** The median and the range, {@code –} where nothing was measured. */
    String of(Spread spread) {
        if (!spread.measured()) {
            return "–";
        }
        String median = number(spread.median()) + unit;
        return spread.count() == 1
                ? median
                : median + " (" + number(spread.least()) + "–" + number(spread.greatest()) + ")";
    }

    /** One value with its unit; {@code –} for NaN. */
    String of(double value) {
        return Double.isNaN(value) ? "–" : number(value) + unit;
    }

    private String number(double value) {
        double scaled = value * scale;
        double size = Math.abs(scaled);
        String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, scaled);
    }
}
