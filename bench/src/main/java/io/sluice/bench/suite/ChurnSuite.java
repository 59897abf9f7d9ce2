package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.client.Talk;
import io.sluice.bench.load.Figures;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Server;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Sessions that subscribe and unsubscribe all the time beside a steady stream of 20,000 deliveries a second: what one of these commands
 * costs, and whether it costs more where there are more sessions.
 */
final class ChurnSuite implements Suite {

    private static final double DELIVERIES_PER_SECOND = 20_000;
    private static final List<Integer> SESSIONS = List.of(1000, 10_000);

    /** Commands a second. */
    private static final int STORM = 500;

    /** Ten times as many, whose cost can be told from the noise. */
    private static final int STORMS = 5000;

    @Override
    public String name() {
        return "churn";
    }

    @Override
    public boolean comparesPairs() {
        return false;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        for (int sessions : SESSIONS) {
            run.attempt("churn-" + sessions, Contender.SLUICE, round, () -> {
                try (Server server = Contender.SLUICE.start(run.broker());
                        Subscribers clients = Subscribers.connect(server.endpoint(), sessions, ChurnSuite::topics)) {
                    storms(run, server, clients, round);
                }
            });
        }
    }

    private static void storms(Run run, Server server, Subscribers clients, int round) throws Exception {
        Load load = run.load(server, clients);
        double rate = DELIVERIES_PER_SECOND / clients.count();
        boolean[] subscribed = new boolean[clients.count()];
        for (int client = 0; client < subscribed.length; client++) {
            subscribed[client] = startsSubscribed(client);
        }
        try (Talk talk = storm(clients, STORMS, subscribed)) {
            load.pace(128, rate, run.settings().warmUpSeconds());
        }
        String scenario = "churn-" + clients.count();
        double seconds = run.settings().seconds();
        Figures calm = load.pace(128, rate, seconds);
        run.record(scenario + "-calm", Contender.SLUICE, round, calm);
        try (Talk talk = storm(clients, STORM, subscribed)) {
            Figures storm = load.pace(128, rate, seconds);
            run.record(scenario + "-storm", Contender.SLUICE, round, storm);
            run.put(scenario, Contender.SLUICE, round, "storm-to-calm", cores(storm) / cores(calm));
        }
        try (Talk talk = storm(clients, STORMS, subscribed)) {
            Figures storms = load.pace(128, rate, seconds);
            run.record(scenario + "-storms", Contender.SLUICE, round, storms);
            double micros = (cores(storms) - cores(calm)) * 1e6 / STORMS;
            run.put(scenario, Contender.SLUICE, round, "command-us", micros);
            run.say("%-22s %.1f µs for each command", scenario, micros);
        }
    }

    private static double cores(Figures figures) {
        return figures.server() / figures.seconds();
    }

    /** Half of them start with a topic of their own, so that the first commands are of both kinds. */
    private static List<String> topics(int client) {
        return startsSubscribed(client) ? List.of(Run.TOPIC, own(client)) : List.of(Run.TOPIC);
    }

    private static boolean startsSubscribed(int client) {
        return client % 2 == 1;
    }

    /** Each client in turn subscribes to its own topic, or unsubscribes where it has it. No id: no answer. */
    private static Talk storm(Subscribers clients, int perSecond, boolean[] subscribed) {
        return clients.talk(perSecond, (turn, intended) -> {
            int client = (int) (turn % subscribed.length);
            String op = subscribed[client] ? "unsubscribe" : "subscribe";
            subscribed[client] = !subscribed[client];
            return ("{\"op\":\"" + op + "\",\"topic\":\"" + own(client) + "\"}").getBytes(StandardCharsets.UTF_8);
        });
    }

    private static String own(int client) {
        return "own." + client;
    }
}
