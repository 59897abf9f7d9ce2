package io.sluice.bench.report;

import java.util.function.Function;

/**
 * One figure that we want, and whether it was reached.
 *
 * @param what is measured
 * @param limit that it must not pass, in the unit of the samples
 * @param most whether it may be at most that, else it must be at least that
 * @param measured from the samples
 * @param why it falls short, where it does
 * @param rerun the arguments of {@code make bench} that measure it again
 */
record Bound(
        String what,
        Figure unit,
        double limit,
        boolean most,
        Function<Samples, Spread> measured,
        Function<Samples, String> why,
        String rerun) {

    static Bound atMost(String what, Figure unit, double limit, String rerun, Function<Samples, Spread> measured) {
        return new Bound(what, unit, limit, true, measured, samples -> "", rerun);
    }

    static Bound atLeast(String what, Figure unit, double limit, String rerun, Function<Samples, Spread> measured) {
        return new Bound(what, unit, limit, false, measured, samples -> "", rerun);
    }

    /** The same with a reason, asked for only where it falls short. */
    Bound because(Function<Samples, String> reason) {
        return new Bound(what, unit, limit, most, measured, reason, rerun);
    }

    boolean metBy(Spread spread) {
        return most ? spread.median() <= limit : spread.median() >= limit;
    }

    String limitText() {
        return (most ? "≤ " : "≥ ") + unit.of(limit);
    }
}
