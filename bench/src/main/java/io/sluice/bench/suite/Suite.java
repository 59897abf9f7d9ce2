package io.sluice.bench.suite;

/** One group of measurements. */
public interface Suite {

    /** A word: of the flag that asks for it, and of the file with its samples. */
    String name();

    /** Measures, and records in {@code run}. */
    void measure(Run run) throws Exception;
}
