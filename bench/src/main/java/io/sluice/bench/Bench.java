package io.sluice.bench;

import io.sluice.bench.report.BarChart;
import io.sluice.bench.report.BenchmarksPage;
import io.sluice.bench.report.Samples;
import io.sluice.bench.server.Broker;
import io.sluice.bench.suite.Run;
import io.sluice.bench.suite.Schedule;
import io.sluice.bench.suite.Settings;
import io.sluice.bench.suite.Suite;
import io.sluice.bench.suite.Suites;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures whole servers and writes the report: see {@code docs/benchmarks.md}. Run from the root of the sources. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures Sluice beside its peers, and writes docs/benchmarks.md from all that was measured.")
public final class Bench implements Callable<Integer> {

    private static final int QUICK_PAIRS = 1;
    private static final double QUICK_SECONDS = 2;
    private static final double QUICK_WARM_UP_SECONDS = 3;

    @Option(names = "--idle", description = "memory, handshakes and pings of sessions that wait")
    private boolean idle;

    @Option(names = "--publish", description = "from browsers to AMQP, with confirms")
    private boolean publish;

    @Option(names = "--slow", description = "one per cent of the clients stop reading")
    private boolean slow;

    @Option(names = "--tls", description = "the fan-out over TLS")
    private boolean tls;

    @Option(names = "--topics", description = "100,000 topics with one subscriber each")
    private boolean topics;

    @Option(names = "--churn", description = "sessions that subscribe and unsubscribe all the time")
    private boolean churn;

    @Option(names = "--jvm", description = "collectors and object headers of the newest Java")
    private boolean jvm;

    @Option(names = "--core", description = "the fan-out; measured where none of the others is asked for")
    private boolean core;

    @Option(names = "--all", description = "everything")
    private boolean all;

    @Option(
            names = "--pairs",
            paramLabel = "N",
            description = "rounds of what is compared; the rest is repeated a third as often (${DEFAULT-VALUE})")
    private int pairs = 9;

    @Option(names = "--seconds", paramLabel = "S", description = "of each measurement (${DEFAULT-VALUE})")
    private double seconds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            description = "seconds of load before a new server is measured (${DEFAULT-VALUE})")
    private double warmUp = 6;

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description = "ends after about so long, with fewer rounds where there is no time for all")
    private double minutes = Double.POSITIVE_INFINITY;

    @Option(names = "--quick", description = "one round of two seconds; the report goes to bench/target")
    private boolean quick;

    @Option(names = "--report", description = "measure nothing, write the report anew")
    private boolean report;

    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Path results = Path.of(quick ? "bench/target/results" : "bench/results");
        if (!report) {
            measure(results);
        }
        write(results, Path.of(quick ? "bench/target" : "docs"));
        return 0;
    }

    private void measure(Path results) throws Exception {
        Settings settings = quick
                ? new Settings(QUICK_PAIRS, QUICK_SECONDS, QUICK_WARM_UP_SECONDS)
                : new Settings(pairs, seconds, warmUp);
        List<Suite> suites = Suites.ALL.stream().filter(this::wanted).toList();
        Schedule schedule = new Schedule(suites, settings, minutes * 60);
        Map<Suite, Samples> samples = new HashMap<>();
        try (Broker broker = Broker.start()) {
            String machine = Machine.describe(broker.version());
            for (var turn = schedule.next(); turn.isPresent(); turn = schedule.next()) {
                Suite suite = turn.get().suite();
                Samples into = samples.computeIfAbsent(suite, first -> on(machine));
                schedule.took(turn.get(), measure(turn.get(), new Run(broker, settings, into)));
                // After each round, so that what was measured is there whatever becomes of the next.
                into.write(results.resolve(suite.name() + ".csv"));
            }
        }
    }

    private static Samples on(String machine) {
        Samples samples = new Samples();
        samples.note(machine);
        return samples;
    }

    /** Gives the seconds that it took. */
    private static double measure(Schedule.Turn turn, Run run) throws Exception {
        String what = turn.suite().name() + " round " + turn.round();
        System.out.printf(Locale.ROOT, "%s%n", what);
        long start = System.nanoTime();
        turn.suite().measure(run, turn.round());
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(Locale.ROOT, "  %s took %.0f s%n", what, seconds);
        return seconds;
    }

    private boolean wanted(Suite suite) {
        boolean any = idle || publish || slow || tls || topics || churn || jvm || core || all;
        return all
                || switch (suite.name()) {
                    case "idle" -> idle;
                    case "publish" -> publish;
                    case "slow" -> slow;
                    case "tls" -> tls;
                    case "topics" -> topics;
                    case "churn" -> churn;
                    case "jvm" -> jvm;
                    default -> core || !any;
                };
    }

    private static void write(Path results, Path into) throws IOException {
        Samples samples = Samples.in(results);
        Path page = into.resolve("benchmarks.md");
        Files.writeString(page, new BenchmarksPage(samples).markdown("benchmarks.svg"));
        Files.writeString(into.resolve("benchmarks.svg"), new BarChart(samples).svg());
        System.out.println("wrote " + page);
    }
}
