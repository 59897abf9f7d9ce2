package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Figures;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.OsProcess;
import io.sluice.bench.server.Server;
import java.util.List;

/** What a session costs that only waits: its opening, its memory, and the CPU time of its pings. */
final class IdleSuite implements Suite {

    private static final int WARM_UPS = 3;
    private static final int MOST_WARM_UPS = 12;

    /** Seconds of the JIT compiler's threads in one warm-up, above which another follows. */
    private static final double COMPILING = 0.1;

    private static final int HANDSHAKES = 5000;
    private static final List<Integer> SESSIONS = List.of(1000, 5000, 18_000);

    /** The default of {@code websocket.pingInterval}: every session is pinged once. */
    private static final double PING_INTERVAL_SECONDS = 25;

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public boolean comparesPairs() {
        return false;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        for (Contender who : List.of(Contender.SLUICE, Contender.SKELETON)) {
            run.attempt("idle", who, round, () -> {
                try (Server server = who.start(run.broker())) {
                    run.attempt("handshakes", who, round, () -> handshakes(run, server, who, round));
                    sessions(run, server, who, round);
                }
            });
        }
    }

    private static void handshakes(Run run, Server server, Contender who, int round) throws Exception {
        boolean compiling = true;
        for (int i = 0; i < MOST_WARM_UPS && (compiling || i < WARM_UPS); i++) {
            double before = server.process().compilerSeconds();
            run.subscribe(server, HANDSHAKES).close();
            compiling = server.process().compilerSeconds() - before > COMPILING;
        }
        quiet(run, server);
        double cpu = server.process().cpuSeconds();
        long start = System.nanoTime();
        try (Subscribers subscribers = run.subscribe(server, HANDSHAKES)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            double micros = (server.process().cpuSeconds() - cpu) * 1e6 / subscribers.count();
            run.put("handshakes", who, round, "server-us", micros);
            run.put("handshakes", who, round, "per-s", subscribers.count() / seconds);
            run.say("%-22s %-26s round %d: %.0f µs each", "handshakes", who.title(), round, micros);
        }
        quiet(run, server);
    }

    private static void sessions(Run run, Server server, Contender who, int round) throws Exception {
        long heap = server.process().liveHeapBytes();
        long resident = server.process().residentBytes();
        long kernel = OsProcess.kernelBytes();
        for (int sessions : SESSIONS) {
            String scenario = "idle-" + sessions;
            try (Subscribers subscribers = run.subscribe(server, sessions)) {
                double live = (server.process().liveHeapBytes() - heap) / (double) sessions;
                double beside = (server.process().residentBytes() - resident) / (double) sessions;
                run.put(scenario, who, round, "heap-bytes", live);
                run.put(scenario, who, round, "beside-bytes", beside);
                run.put(scenario, who, round, "whole-bytes", live + beside);
                run.put(scenario, who, round, "kernel-bytes", (OsProcess.kernelBytes() - kernel) / 2.0 / sessions);
                run.say("%-22s %-26s round %d: %.0f B live, %.0f B beside", scenario, who.title(), round, live, beside);
                if (sessions == SESSIONS.get(SESSIONS.size() - 1)) {
                    pings(run, server, subscribers, scenario, who, round);
                }
            }
            quiet(run, server);
        }
    }

    private static void pings(
            Run run, Server server, Subscribers subscribers, String scenario, Contender who, int round)
            throws Exception {
        Load load = run.load(server, subscribers);
        // Sessions wait for hours: that the code of pings is compiled once is no part of what they cost.
        load.warmUp(PING_INTERVAL_SECONDS);
        Figures figures = load.observe(PING_INTERVAL_SECONDS);
        double cores = figures.server() / figures.seconds();
        run.put(scenario, who, round, "server-cores", cores);
        run.say("%-22s %-26s round %d: %.2f %% of a core", scenario, who.title(), round, 100 * cores);
    }

    /** Closed connections are work too. */
    private static void quiet(Run run, Server server) throws Exception {
        double before;
        double now = server.process().cpuSeconds();
        do {
            before = now;
            run.pause(0.5);
            now = server.process().cpuSeconds();
        } while (now - before > 0.05);
    }
}
