package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Load;
import io.sluice.bench.report.Jvms;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Jvm;
import io.sluice.bench.server.Server;
import io.sluice.bench.server.SluiceServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Sluice on the newest Java with each collector, and with object headers of eight bytes: what the image is started with. */
final class JvmSuite implements Suite {

    private static final String COMPACT = "-XX:+UseCompactObjectHeaders";
    private static final int SESSIONS = 5000;

    @Override
    public String name() {
        return "jvm";
    }

    @Override
    public boolean comparesPairs() {
        return true;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        List<Jvm> jvms = jvms();
        Collections.rotate(jvms, round - 1);
        for (Jvm jvm : jvms) {
            run.attempt(Jvms.SATURATED + jvm.title(), Contender.SLUICE, round, () -> measure(run, jvm, round));
        }
    }

    private static List<Jvm> jvms() throws IOException {
        List<Jvm> jvms = new ArrayList<>(List.of(Jvm.THIS));
        Optional<Path> newest = Jvm.newestHome();
        newest.ifPresent(home -> jvms.addAll(List.of(
                new Jvm("Java 25: G1", home, List.of("-XX:+UseG1GC")),
                new Jvm("Java 25: G1; compact headers", home, List.of("-XX:+UseG1GC", COMPACT)),
                new Jvm("Java 25: Serial; compact headers", home, List.of("-XX:+UseSerialGC", COMPACT)),
                new Jvm("Java 25: Parallel; compact headers", home, List.of("-XX:+UseParallelGC", COMPACT)),
                new Jvm("Java 25: ZGC; compact headers", home, List.of("-XX:+UseZGC", COMPACT)))));
        return jvms;
    }

    private static void measure(Run run, Jvm jvm, int round) throws Exception {
        Settings settings = run.settings();
        double seconds = settings.seconds();
        try (Server server = SluiceServer.DEFAULT.withJvm(jvm).start(run.broker())) {
            try (Subscribers subscribers = run.subscribe(server, 1000)) {
                Load load = run.load(server, subscribers);
                run.record(
                        Jvms.SATURATED + jvm.title(),
                        Contender.SLUICE,
                        round,
                        () -> load.saturate(128, 64, settings.warmUpSeconds(), seconds));
                run.record(Jvms.PACED + jvm.title(), Contender.SLUICE, round, () -> load.pace(128, 20, seconds));
            }
            try (Subscribers subscribers = run.subscribe(server, 100)) {
                Load load = run.load(server, subscribers);
                run.record(Jvms.PROMPT + jvm.title(), Contender.SLUICE, round, () -> load.pace(128, 200, seconds));
            }
            idle(run, server, Jvms.IDLE + jvm.title(), round);
        }
    }

    private static void idle(Run run, Server server, String scenario, int round) throws Exception {
        double heap = server.process().liveHeapBytes();
        double resident = server.process().residentBytes();
        try (Subscribers subscribers = run.subscribe(server, SESSIONS)) {
            double live = (server.process().liveHeapBytes() - heap) / subscribers.count();
            double beside = (server.process().residentBytes() - resident) / subscribers.count();
            run.put(scenario, Contender.SLUICE, round, "heap-bytes", live);
            run.put(scenario, Contender.SLUICE, round, "whole-bytes", live + beside);
            run.say("%-22s round %d: %.0f B live, %.0f B beside", scenario, round, live, beside);
        }
    }
}
