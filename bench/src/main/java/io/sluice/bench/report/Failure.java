package io.sluice.bench.report;

/**
 * Something that could not be measured in one round.
 *
 * @param why a sentence
 */
public record Failure(String scenario, String server, int round, String why) {

    static final String PREFIX = "! ";

    String toLine() {
        return PREFIX + String.join(",", scenario, server, Integer.toString(round), why.replaceAll("\\s+", " "));
    }

    static Failure ofLine(String line) {
        String[] fields = line.substring(PREFIX.length()).split(",", 4);
        return new Failure(fields[0], fields[1], Integer.parseInt(fields[2]), fields[3]);
    }
}
