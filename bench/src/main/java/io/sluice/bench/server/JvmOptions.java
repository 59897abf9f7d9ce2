package io.sluice.bench.server;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** What every JVM under test is started with, Sluice's and the skeleton's alike. */
final class JvmOptions {

    /**
     * A heap of one size that is resident from the start, so that what grows beside it is native memory. More, such as a flight recording,
     * comes from the environment's {@code SLUICE_JAVA_OPTS}.
     */
    static final List<String> ALL = Stream.concat(
                    Stream.of("-Xms512m", "-Xmx512m", "-XX:+AlwaysPreTouch"),
                    Stream.of(Objects.requireNonNullElse(System.getenv("SLUICE_JAVA_OPTS"), "")
                                    .split(" ", -1))
                            .filter(option -> !option.isEmpty()))
            .toList();

    private JvmOptions() {}
}
