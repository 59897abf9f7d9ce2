package io.sluice.bench.suite;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * In which order the rounds of all suites are measured: every suite's first before any suite's second, so that whenever the time is up
 * each has been measured about as far as the others. A round that would not end in time, going by the longest of its suite, is not begun.
 */
public final class Schedule {

    /** One round of one suite. */
    public record Turn(Suite suite, int round) {}

    private static final class Progress {
        private final Suite suite;
        private final int rounds;
        private int begun;
        private double longestSeconds;

        private Progress(Suite suite, int rounds) {
            this.suite = suite;
            this.rounds = rounds;
        }

        private double fraction() {
            return (double) begun / rounds;
        }
    }

    private final List<Progress> all = new ArrayList<>();
    private double secondsLeft;

    /** @param seconds that there are for all of it; infinite for as long as it takes */
    public Schedule(List<Suite> suites, Settings settings, double seconds) {
        for (Suite suite : suites) {
            all.add(new Progress(suite, settings.rounds(suite)));
        }
        secondsLeft = seconds;
    }

    /** What is measured next; empty once nothing is left, or no time for it. */
    public Optional<Turn> next() {
        return all.stream()
                .filter(suite -> suite.begun < suite.rounds && suite.longestSeconds < secondsLeft)
                .min(Comparator.comparingDouble(Progress::fraction))
                .map(suite -> new Turn(suite.suite, ++suite.begun));
    }

    /** {@code turn} has ended and took {@code seconds}. */
    public void took(Turn turn, double seconds) {
        secondsLeft -= seconds;
        for (Progress suite : all) {
            if (suite.suite == turn.suite()) {
                suite.longestSeconds = Math.max(suite.longestSeconds, seconds);
            }
        }
    }
}
