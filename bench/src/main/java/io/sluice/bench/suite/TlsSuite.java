package io.sluice.bench.suite;

import io.sluice.bench.client.Subscribers;
import io.sluice.bench.server.Contender;
import io.sluice.bench.server.SelfSigned;
import io.sluice.bench.server.Server;
import io.sluice.bench.server.SluiceServer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The saturated fan-out over TLS, beside the same without. */
final class TlsSuite implements Suite {

    @Override
    public String name() {
        return "tls";
    }

    @Override
    public boolean comparesPairs() {
        return true;
    }

    @Override
    public void measure(Run run, int round) throws Exception {
        SelfSigned certificate = SelfSigned.in(Files.createDirectories(Path.of("bench/target/tls")));
        measure(run, "plain-1000x128", SluiceServer.DEFAULT, round);
        measure(run, "tls-1000x128", SluiceServer.DEFAULT.withTls(certificate), round);
    }

    private static void measure(Run run, String scenario, SluiceServer sluice, int round) throws InterruptedException {
        Settings settings = run.settings();
        run.record(scenario, Contender.SLUICE, round, () -> {
            try (Server server = sluice.start(run.broker());
                    Subscribers clients = run.subscribe(server, 1000)) {
                return run.load(server, clients).saturate(128, 64, settings.warmUpSeconds(), settings.seconds());
            }
        });
    }
}
