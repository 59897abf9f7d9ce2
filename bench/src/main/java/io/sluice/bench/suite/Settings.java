package io.sluice.bench.suite;

/**
 * How long and how often.
 *
 * @param pairs of Sluice and the skeleton in the core suite; the others repeat a third as often
 * @param seconds of each measurement
 * @param warmUpSeconds of each new server, saturated
 */
public record Settings(int pairs, double seconds, double warmUpSeconds) {

    /** Repetitions outside the core suite. */
    int repetitions() {
        return Math.max(1, pairs / 3);
    }
}
