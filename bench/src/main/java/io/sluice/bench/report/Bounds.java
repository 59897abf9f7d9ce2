package io.sluice.bench.report;

import io.sluice.bench.server.Contender;
import java.util.List;
import java.util.function.Function;

/** All that we want of the gateway. */
final class Bounds {

    private static final String SLUICE = Contender.SLUICE.title();
    private static final String SKELETON = Contender.SKELETON.title();
    private static final String STOMP = Contender.WEB_STOMP.title();

    private static final String MAIN = "saturated-1000x128";
    private static final double OUTBOUND_BYTES = 1 << 20;
    private static final double ONE_MESSAGE = 1 << 10;

    static final List<Bound> ALL = List.of(
            Bound.atMost(
                            "CPU for each delivery beside bare Netty: 1,000 subscribers, 128 B, saturated",
                            Figure.RATIO,
                            1.8,
                            "",
                            samples -> samples.ratio(MAIN, SLUICE, SKELETON, "server-us"))
                    .because(beside(MAIN, "server-us", SKELETON)),
            Bound.atLeast(
                            "the same, Web STOMP beside Sluice",
                            Figure.RATIO,
                            100,
                            "",
                            samples -> samples.ratio(MAIN, STOMP, SLUICE, "server-us"))
                    .because(beside(MAIN, "server-us", STOMP)),
            Bound.atMost(
                            "CPU for each delivery beside bare Netty: 20 msg/s to 1,000, nothing to coalesce",
                            Figure.RATIO,
                            1.3,
                            "",
                            samples -> samples.ratio("paced-1000x20", SLUICE, SKELETON, "server-us"))
                    .because(beside("paced-1000x20", "server-us", SKELETON)),
            throughput("1,000 subscribers, 128 B", MAIN, 2e6),
            throughput("1,000 subscribers, 1 KiB", "saturated-1000x1024", 1.2e6),
            throughput("100 subscribers, 128 B", "saturated-100x128", 1e6),
            throughput("5,000 subscribers, 128 B", "saturated-5000x128", 0.8e6),
            Bound.atMost(
                            "latency, AMQP publish to socket, 200 msg/s to 100: p50",
                            Figure.MILLIS,
                            2000,
                            "",
                            sluice("paced-100x200", "p50-us"))
                    .because(busy("paced-100x200")),
            Bound.atMost("the same: p99", Figure.MILLIS, 5000, "", sluice("paced-100x200", "p99-us"))
                    .because(busy("paced-100x200")),
            Bound.atMost(
                    "memory of an idle subscribed session: live heap",
                    Figure.KILOBYTES,
                    2500,
                    "--idle",
                    sluice("idle-18000", "heap-bytes")),
            Bound.atMost(
                    "the same with native memory",
                    Figure.KILOBYTES,
                    6000,
                    "--idle",
                    sluice("idle-18000", "whole-bytes")),
            Bound.atMost(
                            "handshake and subscribe, warm: CPU",
                            Figure.MICROS,
                            150,
                            "--idle",
                            sluice("handshakes", "server-us"))
                    .because(beside("handshakes", "server-us", SKELETON)),
            Bound.atMost(
                            "18,000 idle sessions with pings: CPU of one core",
                            Figure.PERCENT,
                            0.03,
                            "--idle",
                            sluice("idle-18000", "server-cores"))
                    .because(samples -> "a session takes "
                            + Figure.MICROS.of(samples.spread("idle-18000", SLUICE, "server-cores")
                                            .median()
                                    * 1e6
                                    / 18_000)
                            + " a second"),
            Bound.atMost(
                            "browser to AMQP with confirms, 100 × 100 msg/s: CPU for each message",
                            Figure.MICROS,
                            25,
                            "--publish",
                            sluice("publish-100x100", "server-us"))
                    .because(
                            samples -> beside("publish-100x100", "server-us", STOMP)
                                            .apply(samples)
                                    + "; each message is a read and an answer of its own, and most of that is the kernel's"),
            Bound.atMost(
                    "1 % of 1,000 sessions stop reading: what the others lose",
                    Figure.PERCENT,
                    0.10,
                    "--slow",
                    samples -> samples.ratioOfScenarios("some-stop", "all-read", SLUICE, "deliveries-per-s")
                            .lossFromOne()),
            Bound.atMost(
                    "the same: held for each of them",
                    Figure.MEBIBYTES,
                    OUTBOUND_BYTES + ONE_MESSAGE,
                    "--slow",
                    sluice("some-stop", "held-bytes")),
            Bound.atMost(
                    "TLS beside plain, 1,000 subscribers, saturated: CPU for each delivery",
                    Figure.RATIO,
                    3,
                    "--tls",
                    samples -> samples.ratioOfScenarios("tls-1000x128", "plain-1000x128", SLUICE, "server-us")),
            Bound.atMost(
                    "100,000 topics beside 10,000 on 10,000 sessions: CPU for each delivery",
                    Figure.RATIO,
                    1.3,
                    "--topics",
                    samples -> samples.ratioOfScenarios("topics-100000", "topics-10000", SLUICE, "server-us")),
            Bound.atMost(
                    "500 subscribes and unsubscribes a second over 10,000 sessions: CPU beside the calm",
                    Figure.RATIO,
                    1.2,
                    "--churn",
                    sluice("churn-10000", "storm-to-calm")),
            Bound.atMost(
                    "one of these commands over 10,000 sessions beside over 1,000: CPU",
                    Figure.RATIO,
                    1.5,
                    "--churn",
                    samples -> samples.ratioOfScenarios("churn-10000", "churn-1000", SLUICE, "command-us")));

    private Bounds() {}

    private static Function<Samples, Spread> sluice(String scenario, String metric) {
        return samples -> samples.spread(scenario, SLUICE, metric);
    }

    /** Both servers' medians in microseconds. */
    private static Function<Samples, String> beside(String scenario, String metric, String other) {
        return samples -> SLUICE + " "
                + Figure.MICROS.of(samples.spread(scenario, SLUICE, metric).median()) + ", " + other + " "
                + Figure.MICROS.of(samples.spread(scenario, other, metric).median());
    }

    private static Function<Samples, String> busy(String scenario) {
        return samples -> Cores.of(samples, scenario, SLUICE).toString();
    }

    private static Bound throughput(String what, String scenario, double least) {
        return Bound.atLeast(
                        "deliveries a second, " + what,
                        Figure.MEGA_PER_SECOND,
                        least,
                        "",
                        sluice(scenario, "deliveries-per-s"))
                .because(busy(scenario));
    }
}
