package io.sluice.bench.report;

import java.util.Locale;

/**
 * One measured figure.
 *
 * @param scenario what was done, such as {@code saturated-1000x128}
 * @param server who did it
 * @param round in which; figures of one round were measured within a minute or two of each other
 * @param metric what was measured, with its unit at its end, such as {@code cpu-us}
 */
public record Sample(String scenario, String server, int round, String metric, double value) {

    String toLine() {
        return String.join(
                ",", scenario, server, Integer.toString(round), metric, String.format(Locale.ROOT, "%.6g", value));
    }

    static Sample ofLine(String line) {
        String[] fields = line.split(",", -1);
        return new Sample(fields[0], fields[1], Integer.parseInt(fields[2]), fields[3], Double.parseDouble(fields[4]));
    }
}
