package io.sluice.gateway.config;

import java.util.List;

/** What became of a configuration file. */
public sealed interface LoadResult {

    /**
     * It is correct.
     *
     * @param warnings what is allowed and hardly meant
     * @param refusals why {@code serve} must not start with it: what {@link ServeRules} say
     */
    record Loaded(Configuration configuration, List<Problem> warnings, List<Problem> refusals) implements LoadResult {
        public Loaded {
            warnings = List.copyOf(warnings);
            refusals = List.copyOf(refusals);
        }
    }

    /** It is not: all that is wrong, at least one problem, in the order of the file. */
    record Rejected(List<Problem> problems) implements LoadResult {
        public Rejected {
            problems = List.copyOf(problems);
        }
    }
}
