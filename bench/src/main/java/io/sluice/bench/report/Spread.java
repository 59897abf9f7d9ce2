package io.sluice.bench.report;

import java.util.Collection;

/**
 * Several measurements of one thing.
 *
 * @param count how many; 0: it was not measured, and the rest is NaN
 */
record Spread(int count, double median, double least, double greatest) {

    static Spread of(Collection<Double> values) {
        double[] sorted = values.stream()
                .mapToDouble(Double::doubleValue)
                .filter(Double::isFinite)
                .sorted()
                .toArray();
        int n = sorted.length;
        if (n == 0) {
            return new Spread(0, Double.NaN, Double.NaN, Double.NaN);
        }
        double median = n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
        return new Spread(n, median, sorted[0], sorted[n - 1]);
    }

    /** Of ratios to 1: what is missing to 1. */
    Spread lossFromOne() {
        return new Spread(count, 1 - median, 1 - greatest, 1 - least);
    }

    boolean measured() {
        return count > 0;
    }
}
