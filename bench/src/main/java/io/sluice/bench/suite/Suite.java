package io.sluice.bench.suite;

/** One group of measurements. */
public interface Suite {

    /** A word: of the flag that asks for it, and of the file with its samples. */
    String name();

    /** Whether the ratio of two that are measured in turn is what is asked: then as many rounds are needed as there are to be pairs. */
    boolean comparesPairs();

    /** Measures one round, and records in {@code run}. */
    void measure(Run run, int round) throws Exception;
}
