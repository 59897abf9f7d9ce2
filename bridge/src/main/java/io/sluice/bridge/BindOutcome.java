package io.sluice.bridge;

/** What became of the wish to have a pattern bound. */
public enum BindOutcome {
    /** What is published from now on and matches the pattern reaches the sink. */
    BOUND,
    /** As many patterns are bound on this node and rule as may be; nothing is held. */
    LIMIT,
    /** No broker, or it refuses the binding; nothing is held. */
    UNAVAILABLE
}
