package io.sluice.bench.report;

import io.sluice.bench.server.Contender;
import java.util.List;

/** The whole of {@code docs/benchmarks.md}, from samples alone. */
public final class BenchmarksPage {

    private static final String SLUICE = Contender.SLUICE.title();
    private static final String SKELETON = Contender.SKELETON.title();

    /** Scenarios of the fan-out and what they are called, in the order of the page. */
    private record Scenario(String id, String title) {}

    private static final List<Scenario> FAN_OUT = List.of(
            new Scenario("saturated-1000x128", "1,000 subscribers, 128 B, saturated"),
            new Scenario("saturated-1000x1024", "1,000 subscribers, 1 KiB, saturated"),
            new Scenario("saturated-100x128", "100 subscribers, 128 B, saturated"),
            new Scenario("saturated-5000x128", "5,000 subscribers, 128 B, saturated"),
            new Scenario("paced-1000x20", "20 msg/s to 1,000 subscribers"),
            new Scenario("paced-1000x5", "5 msg/s to 1,000 subscribers"),
            new Scenario("paced-100x200", "200 msg/s to 100 subscribers"));

    private final Samples samples;

    public BenchmarksPage(Samples samples) {
        this.samples = samples;
    }

    /** @param chart the file name of the chart, beside the page */
    public String markdown(String chart) {
        return String.join(
                "\n",
                Prose.OPENING,
                circumstances(),
                "## What we want, and what is\n",
                Prose.WANTED,
                wanted(),
                failed(),
                "## The fan-out\n",
                Prose.FAN_OUT,
                "![CPU time of the server for each delivery](" + chart + ")\n",
                fanOut(),
                "Where the cores went, with Sluice as the server:\n",
                cores(),
                "## Sessions that wait\n",
                Prose.IDLE,
                idle(),
                "## The rest\n",
                rest(),
                new Jvms(samples).markdown(),
                new Sizing(samples).markdown(),
                Prose.METHOD);
    }

    private String circumstances() {
        StringBuilder list = new StringBuilder();
        samples.circumstances().forEach(line -> list.append("* ").append(line).append('\n'));
        Spread foreign = samples.spread("foreign-cores");
        if (foreign.measured()) {
            list.append("* cores busy with something else while it was measured: ")
                    .append(Figure.CORES.of(foreign))
                    .append('\n');
        }
        return list.toString();
    }

    private String wanted() {
        Table table = new Table("what", "wanted", "measured", "", "measure it again with `make bench ARGS=…`");
        for (Bound bound : Bounds.ALL) {
            Spread spread = bound.measured().apply(samples);
            String verdict = !spread.measured() ? "not measured" : bound.metBy(spread) ? "yes" : "**no**";
            if (verdict.equals("**no**")) {
                String why = bound.why().apply(samples);
                verdict += why.isEmpty() ? "" : ": " + why;
            }
            table.row(
                    bound.what(),
                    bound.limitText(),
                    bound.unit().of(spread),
                    verdict,
                    bound.rerun().isEmpty() ? "" : "`" + bound.rerun() + "`");
        }
        return table.toString();
    }

    private String failed() {
        if (samples.failures().isEmpty()) {
            return "";
        }
        Table table = new Table("failed", "server", "round", "why");
        for (Failure failure : samples.failures()) {
            table.row(
                    failure.scenario(),
                    failure.server(),
                    Integer.toString(failure.round()),
                    failure.why().replace("|", "\\|"));
        }
        return table.toString();
    }

    private String fanOut() {
        Table table = new Table(
                "",
                "server",
                "deliveries",
                "server's CPU each",
                "beside bare Netty",
                "receivers' CPU each",
                "p50",
                "p99");
        for (Scenario scenario : FAN_OUT) {
            String title = scenario.title();
            for (String server : samples.servers(scenario.id())) {
                table.row(
                        title,
                        server,
                        Figure.PER_SECOND.of(spread(scenario, server, "deliveries-per-s")),
                        Figure.MICROS.of(spread(scenario, server, "server-us")),
                        server.equals(SKELETON)
                                ? "1"
                                : Figure.RATIO.of(samples.ratio(scenario.id(), server, SKELETON, "server-us")),
                        Figure.MICROS.of(spread(scenario, server, "receivers-us")),
                        Figure.MILLIS.of(spread(scenario, server, "p50-us")),
                        Figure.MILLIS.of(spread(scenario, server, "p99-us")));
                title = "";
            }
        }
        return table.toString();
    }

    private Spread spread(Scenario scenario, String server, String metric) {
        return samples.spread(scenario.id(), server, metric);
    }

    private String cores() {
        Table table = new Table("", "server", "broker", "publisher", "receivers", "something else");
        for (Scenario scenario : FAN_OUT) {
            if (samples.servers(scenario.id()).contains(SLUICE)) {
                Cores cores = Cores.of(samples, scenario.id(), SLUICE);
                table.row(
                        scenario.title(),
                        Figure.CORES.of(cores.server()),
                        Figure.CORES.of(cores.broker()),
                        Figure.CORES.of(cores.publisher()),
                        Figure.CORES.of(cores.receivers()),
                        Figure.CORES.of(cores.foreign()));
            }
        }
        return table.toString();
    }

    private String idle() {
        Table table = new Table("sessions", "server", "live heap", "native memory", "both", "kernel, each end");
        for (int sessions : List.of(1000, 5000, 18_000)) {
            String scenario = "idle-" + sessions;
            for (String server : samples.servers(scenario)) {
                table.row(
                        String.format("%,d", sessions),
                        server,
                        Figure.BYTES.of(samples.spread(scenario, server, "heap-bytes")),
                        Figure.BYTES.of(samples.spread(scenario, server, "beside-bytes")),
                        Figure.BYTES.of(samples.spread(scenario, server, "whole-bytes")),
                        Figure.BYTES.of(samples.spread(scenario, server, "kernel-bytes")));
            }
        }
        Table costs = new Table("server", "connect and subscribe, CPU", "a second", "18,000 idle, of one core");
        for (String server : samples.servers("handshakes")) {
            costs.row(
                    server,
                    Figure.MICROS.of(samples.spread("handshakes", server, "server-us")),
                    Figure.PER_SECOND.of(samples.spread("handshakes", server, "per-s")),
                    Figure.PERCENT.of(samples.spread("idle-18000", server, "server-cores")));
        }
        for (String server : samples.servers("subscribed-1000")) {
            costs.row(
                    server + " (resident "
                            + Figure.KILOBYTES.of(samples.spread("subscribed-1000", server, "resident-bytes"))
                            + " a session)",
                    Figure.MICROS.of(samples.spread("subscribed-1000", server, "connect-us")),
                    "",
                    "");
        }
        return table + "\n" + costs;
    }

    private String rest() {
        Table table = new Table("", "server", "messages", "server's CPU each", "p50", "p99");
        for (Scenario scenario : List.of(
                new Scenario("publish-100x100", "browser to AMQP, 100 clients × 100 msg/s, confirmed"),
                new Scenario("all-read", "1,000 subscribers, saturated, all read"),
                new Scenario("some-stop", "the same, 10 have stopped reading"),
                new Scenario("plain-1000x128", "1,000 subscribers, saturated, without TLS"),
                new Scenario("tls-1000x128", "the same over TLS"),
                new Scenario("topics-10000", "4,000 msg/s to 10,000 topics with one subscriber each"),
                new Scenario("topics-100000", "the same to 100,000 topics on 10,000 sessions"),
                new Scenario("churn-1000-calm", "20,000 deliveries/s to 1,000 sessions"),
                new Scenario("churn-1000-storm", "the same while 500 a second subscribe or unsubscribe"),
                new Scenario("churn-1000-storms", "the same while 5,000 a second do"),
                new Scenario("churn-10000-calm", "20,000 deliveries/s to 10,000 sessions"),
                new Scenario("churn-10000-storm", "the same while 500 a second subscribe or unsubscribe"),
                new Scenario("churn-10000-storms", "the same while 5,000 a second do"))) {
            for (String server : samples.servers(scenario.id())) {
                table.row(
                        scenario.title(),
                        server,
                        Figure.PER_SECOND.of(spread(scenario, server, "deliveries-per-s")),
                        Figure.MICROS.of(spread(scenario, server, "server-us")),
                        Figure.MILLIS.of(spread(scenario, server, "p50-us")),
                        Figure.MILLIS.of(spread(scenario, server, "p99-us")));
            }
        }
        Table commands = new Table("one subscribe or unsubscribe over", "CPU");
        for (int sessions : List.of(1000, 10_000)) {
            Spread micros = samples.spread("churn-" + sessions, SLUICE, "command-us");
            if (micros.measured()) {
                commands.row(String.format("%,d sessions", sessions), Figure.MICROS.of(micros));
            }
        }
        return table + "\n" + (commands.isEmpty() ? "" : commands);
    }
}
