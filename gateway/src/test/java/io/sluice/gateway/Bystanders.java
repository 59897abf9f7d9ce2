package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What every attack is measured by: clients on each event loop of a node, who must not notice it; nothing in the log that wakes anybody, or
 * has a stack trace; and afterwards no session more than before.
 */
final class Bystanders implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Node node;
    private final List<Client> clients = new ArrayList<>();
    private final CapturedLog log;
    private final int loops = Runtime.getRuntime().availableProcessors();

    /** Connections are given to the event loops in turn, so that as many neighbours as loops sit on all of them. */
    Bystanders(Node node) {
        this.node = node;
        for (int i = 0; i < loops; i++) {
            clients.add(node.connect().subscribe("bystanders." + i));
        }
        log = CapturedLog.open();
    }

    /** In the midst of it: each gets an answer, and what is published to it. */
    void areServed() {
        long begun = System.nanoTime();
        for (int i = 0; i < clients.size(); i++) {
            Client client = clients.get(i);
            client.send("{\"op\":\"publish\",\"topic\":\"bystanders." + i + "\",\"data\":1}");
            client.expect("message");
            client.expectNothing();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(PATIENCE);
    }

    /** It is over: they are served, alone, by a node that is ready, and the log is quiet. */
    void sawNothing() {
        areServed();
        await().atMost(Client.PATIENCE)
                .until(() -> node.metric("sluice_connections{protocol=\"sluice.v1.json\",transport=\"websocket\"}")
                        == clients.size());
        assertThat(node.operations("/health/ready").statusCode()).isEqualTo(200);
        assertThat(log.noise()).isEmpty();
    }

    String log() {
        return log.text();
    }

    @Override
    public void close() {
        log.close();
        clients.forEach(Client::close);
    }
}
