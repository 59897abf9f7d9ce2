package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Figures;
import io.sluice.bench.load.Load;
import io.sluice.bench.report.Failure;
import io.sluice.bench.report.Sample;
import io.sluice.bench.report.Samples;
import io.sluice.bench.server.Broker;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Server;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/** One run of a suite: what it needs, and where its figures go. */
public record Run(Broker broker, Settings settings, Samples samples) {

    /** The topic of every load that needs but one. */
    static final String TOPIC = "bench";

    /** Cores of foreign work that a run had better not had. */
    private static final double DISTURBED = 0.3;

    /** Something to be measured. */
    @FunctionalInterface
    interface Cell {
        void measure() throws Exception;
    }

    /** A load to be measured. */
    @FunctionalInterface
    interface LoadCell {
        Figures measure() throws Exception;
    }

    /** Measures {@code cell}. One that fails is reported in the place of its figures, and the run goes on without it. */
    void attempt(String scenario, Contender who, int round, Cell cell) throws InterruptedException {
        try {
            cell.measure();
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            String why = e.getMessage() == null ? e.toString() : e.getMessage();
            samples.add(new Failure(scenario, who.title(), round, why));
            say("%-22s %-26s round %d FAILED: %s", scenario, who.title(), round, why);
        }
    }

    /** Measures {@code load} and records what it came to, or why it failed. */
    void record(String scenario, Contender who, int round, LoadCell load) throws InterruptedException {
        attempt(scenario, who, round, () -> record(scenario, who, round, load.measure()));
    }

    /** Connects {@code count} clients, all subscribed to {@link #TOPIC}. */
    Subscribers subscribe(Server server, int count) throws Exception {
        return Subscribers.connect(server.endpoint(), count, client -> List.of(TOPIC));
    }

    /** A load on {@link #TOPIC}. */
    Load load(Server server, Subscribers subscribers) {
        return new Load(broker, server, subscribers, List.of(TOPIC), subscribers.count());
    }

    /** Records what a load came to, and tells the console. */
    void record(String scenario, Contender who, int round, Figures figures) {
        double seconds = figures.seconds();
        double foreign = figures.foreignCores(who.isBroker());
        put(scenario, who, round, "deliveries-per-s", figures.perSecond());
        put(scenario, who, round, "server-us", figures.serverMicros());
        put(scenario, who, round, "receivers-us", figures.receiversMicros());
        put(scenario, who, round, "server-cores", figures.server() / seconds);
        put(scenario, who, round, "receivers-cores", figures.receivers() / seconds);
        put(scenario, who, round, "publisher-cores", figures.publisher() / seconds);
        put(scenario, who, round, "broker-cores", figures.broker() / seconds);
        put(scenario, who, round, "foreign-cores", foreign);
        put(scenario, who, round, "p50-us", figures.latencyMicros());
        put(scenario, who, round, "p99-us", figures.latencyMicros99());
        say(
                "%-22s %-26s round %d: %,12.0f/s  server %8.3f µs  receivers %6.3f µs  p50 %,.0f p99 %,.0f µs%s",
                scenario,
                who.title(),
                round,
                figures.perSecond(),
                figures.serverMicros(),
                figures.receiversMicros(),
                figures.latencyMicros(),
                figures.latencyMicros99(),
                foreign > DISTURBED ? "  disturbed: %.1f cores were busy with something else".formatted(foreign) : "");
    }

    /** Records one figure, if it is one. */
    void put(String scenario, Contender who, int round, String metric, double value) {
        if (Double.isFinite(value)) {
            samples.add(new Sample(scenario, who.title(), round, metric, value));
        }
    }

    /** Lets {@code seconds} pass. */
    void pause(double seconds) {
        LockSupport.parkNanos(Math.round(seconds * 1e9));
    }

    /** Tells the console. */
    void say(String format, Object... arguments) {
        System.out.printf(Locale.ROOT, "  " + format + "%n", arguments);
    }
}
