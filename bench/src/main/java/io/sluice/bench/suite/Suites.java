package io.sluice.bench.suite;

import java.util.List;

/** All suites. */
public final class Suites {

    public static final List<Suite> ALL = List.of(
            new CoreSuite(),
            new IdleSuite(),
            new PublishSuite(),
            new SlowSuite(),
            new TlsSuite(),
            new TopicsSuite(),
            new ChurnSuite(),
            new JvmSuite());

    private Suites() {}
}
