package io.sluice.bench.suite;

/**
 * How long and how often.
 *
 * @param pairs rounds of what is compared; what stands by itself is repeated a third as often
 * @param seconds of each measurement
 * @param warmUpSeconds of each new server, saturated
 */
public record Settings(int pairs, double seconds, double warmUpSeconds) {

    /** Rounds of {@code suite}. */
    public int rounds(Suite suite) {
        return suite.comparesPairs() ? pairs : Math.max(1, pairs / 3);
    }
}
