package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.load.Figures;
import io.sluice.bench.load.Load;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.Metrics;
import io.sluice.bench.server.Server;
import io.sluice.bench.server.SluiceServer;
import java.util.List;

/** One per cent of the clients stop reading: what the others lose, and what is held for those that stopped. */
final class SlowSuite implements Suite {

    private static final int CLIENTS = 1000;
    private static final int SLOW = 10;
    private static final int WINDOW = 64;
    private static final int BYTES = 1024;

    /** Until the kernel's buffers of those that stopped are full: 10 MB each. */
    private static final double FILLING_SECONDS = 4;

    @Override
    public String name() {
        return "slow";
    }

    @Override
    public boolean comparesPairs() {
        return true;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        run.attempt("some-stop", Contender.SLUICE, round, () -> stop(run, round));
    }

    private static void stop(Run run, int round) throws Exception {
        try (Server server = SluiceServer.DEFAULT.withOverflow("dropOldest").start(run.broker());
                Subscribers clients = run.subscribe(server, CLIENTS)) {
            run.load(server, clients).saturate(BYTES, WINDOW, run.settings().warmUpSeconds(), 1);
            run.record("all-read", Contender.SLUICE, round, measure(run, server, clients, CLIENTS));
            clients.reading(SLOW, false);
            run.record("some-stop", Contender.SLUICE, round, measure(run, server, clients, CLIENTS - SLOW));
            double held = Metrics.of(server).sum("sluice_outbound_bytes") / SLOW;
            run.put("some-stop", Contender.SLUICE, round, "held-bytes", held);
            run.say("%-22s %,.0f B held for each that stopped", "some-stop", held);
        }
    }

    private static Figures measure(Run run, Server server, Subscribers clients, int readers) throws Exception {
        Load load = new Load(run.broker(), server, clients, List.of(Run.TOPIC), readers);
        return load.saturate(BYTES, WINDOW, FILLING_SECONDS, run.settings().seconds());
    }
}
