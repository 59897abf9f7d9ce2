package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Server;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The fan-out: Sluice and the skeleton in turn, each in a new process, and every third time what else puts RabbitMQ's messages into
 * browsers. Saturated, the loop is closed; paced, there is nothing to coalesce and latency is what is asked.
 */
final class CoreSuite implements Suite {

    private static final int WINDOW = 64;

    /** Of 5,000 subscribers: what is under way must fit the sockets. */
    private static final int NARROW_WINDOW = 16;

    private static final int PEERS_EVERY = 3;

    private final Set<Contender> missing = EnumSet.noneOf(Contender.class);

    @Override
    public String name() {
        return "core";
    }

    @Override
    public boolean comparesPairs() {
        return true;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        boolean even = round % 2 == 0;
        List<Contender> pair =
                even ? List.of(Contender.SKELETON, Contender.SLUICE) : List.of(Contender.SLUICE, Contender.SKELETON);
        for (Contender who : pair) {
            run.attempt("fan-out", who, round, () -> gateway(run, who, round));
        }
        if (round % PEERS_EVERY == 1) {
            for (Contender peer : List.of(Contender.NODE, Contender.WEB_MQTT, Contender.WEB_STOMP)) {
                run.attempt("fan-out", peer, round, () -> peer(run, peer, round));
            }
        }
    }

    private static void gateway(Run run, Contender who, int round) throws Exception {
        double seconds = run.settings().seconds();
        try (Server server = who.start(run.broker())) {
            try (Subscribers subscribers = run.subscribe(server, 1000)) {
                Load load = run.load(server, subscribers);
                run.record(
                        "saturated-1000x128",
                        who,
                        round,
                        () -> load.saturate(128, WINDOW, run.settings().warmUpSeconds(), seconds));
                run.record("paced-1000x20", who, round, () -> load.pace(128, 20, seconds));
                run.record("saturated-1000x1024", who, round, () -> load.saturate(1024, WINDOW, 1, seconds));
            }
            hundred(run, server, who, round);
            try (Subscribers subscribers = run.subscribe(server, 5000)) {
                run.record(
                        "saturated-5000x128",
                        who,
                        round,
                        () -> run.load(server, subscribers).saturate(128, NARROW_WINDOW, 1, seconds));
            }
        }
    }

    private void peer(Run run, Contender who, int round) throws Exception {
        if (missing.contains(who)) {
            return;
        }
        run.broker().settle();
        double seconds = run.settings().seconds();
        try (Server server = who.start(run.broker())) {
            double cpu = server.process().cpuSeconds();
            long resident = server.process().residentBytes();
            try (Subscribers subscribers = run.subscribe(server, 1000)) {
                run.put(
                        "subscribed-1000",
                        who,
                        round,
                        "connect-us",
                        (server.process().cpuSeconds() - cpu) * 1e6 / 1000);
                run.put(
                        "subscribed-1000",
                        who,
                        round,
                        "resident-bytes",
                        (server.process().residentBytes() - resident) / 1000.0);
                Load load = run.load(server, subscribers);
                run.record("saturated-1000x128", who, round, () -> load.saturate(128, WINDOW, 2, seconds));
                boolean keepsUp = who == Contender.NODE;
                run.record(
                        keepsUp ? "paced-1000x20" : "paced-1000x5",
                        who,
                        round,
                        () -> load.pace(128, keepsUp ? 20 : 5, seconds));
            }
            run.broker().settle();
            hundred(run, server, who, round);
        } catch (IOException e) {
            missing.add(who);
            run.samples().note(who.title() + " was not measured: " + e.getMessage());
            run.say("%s is not measured: %s", who.title(), String.valueOf(e.getMessage()));
        }
        run.broker().settle();
    }

    private static void hundred(Run run, Server server, Contender who, int round) throws Exception {
        double seconds = run.settings().seconds();
        try (Subscribers subscribers = run.subscribe(server, 100)) {
            Load load = run.load(server, subscribers);
            run.record("saturated-100x128", who, round, () -> load.saturate(128, WINDOW, 1, seconds));
            run.record("paced-100x200", who, round, () -> load.pace(128, 200, seconds));
        }
    }
}
