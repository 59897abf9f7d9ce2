package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that goes down: who is told what, and when. */
@Timeout(180)
final class DrainTest {

    private static final String AT_ONCE = "drain: {delay: 0s, window: 0s}\n";

    @Test
    void aPublishThatIsOnItsWayIsConfirmedBeforeTheClose() {
        TestBroker broker = OwnBroker.running();
        try (Node node = Node.start(broker, AT_ONCE + Node.OPEN);
                Client client = node.connect()) {
            CompletableFuture<Void> drained;
            broker.pause();
            try {
                client.send("{\"op\":\"publish\",\"id\":7,\"topic\":\"drain\",\"data\":1}");
                assertThat(client.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");
                drained = drain(node);
                client.expect("goaway");
                await().during(Duration.ofSeconds(4))
                        .atMost(Duration.ofSeconds(6))
                        .until(client::isOpen);
            } finally {
                broker.resume();
            }

            assertThat(client.await(7).op()).isEqualTo("ok");
            assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
            join(drained);
        }
    }

    @Test
    void nobodyNewIsTakenBehindTheDelayWhileThoseWhoAreThereHaveTheirWindow() {
        try (Node node = Node.start("drain: {delay: 0s, window: 10m}\n" + Node.OPEN);
                Client client = node.connect()) {
            CompletableFuture<Void> drained = drain(node);

            await().atMost(Client.PATIENCE).until(() -> isRefused(node));
            assertThat(node.operations("/health/ready").statusCode()).isEqualTo(503);
            client.subscribe("drain");
            assertThat(client.ask("{\"op\":\"publish\",\"topic\":\"drain\",\"data\":1}")
                            .op())
                    .isEqualTo("ok");
            assertThat(client.await("message").raw("data")).isEqualTo("1");

            node.gateway().hurry();
            assertThat(client.closed()).isEqualTo(new Closed(1001, "going away"));
            join(drained);
        }
    }

    @Test
    void theSessionsAreToldOneAfterTheOtherAndToComeBackAtMomentsOfTheirOwn() {
        int sessions = 200;
        List<Client> clients = new ArrayList<>();
        try (Node node =
                Node.start("drain: {delay: 0s, window: 3s}\nlimits: {connectionsPerAddress: 1000}\n" + Node.OPEN)) {
            for (int i = 0; i < sessions; i++) {
                clients.add(node.connect());
            }
            Set<Integer> told = new HashSet<>();
            CompletableFuture<Void> drained = drain(node);
            await().pollInterval(Duration.ofMillis(50)).atMost(Client.PATIENCE).until(() -> {
                int count = (int)
                        clients.stream().filter(client -> client.waiting() > 0).count();
                told.add(count);
                return count == sessions;
            });

            assertThat(told)
                    .as("how many had been told, whenever it was looked")
                    .hasSizeGreaterThan(10);
            Set<Integer> moments = new HashSet<>();
            for (Client client : clients) {
                int reconnect = client.expect("goaway").json().path("reconnect").asInt();
                assertThat(reconnect).isBetween(1000, 5000);
                moments.add(reconnect);
            }
            assertThat(moments).hasSizeGreaterThan(sessions / 2);
            clients.forEach(client -> assertThat(client.closed()).isEqualTo(new Closed(1001, "going away")));
            join(drained);
        } finally {
            clients.forEach(Client::close);
        }
    }

    @Test
    void manyMayCloseANodeAtOnce() {
        for (int i = 0; i < 5; i++) {
            Node node = Node.start(AT_ONCE + Node.OPEN);
            List<CompletableFuture<Void>> all =
                    List.of(drain(node), CompletableFuture.runAsync(node::close), drain(node));
            node.close();
            all.forEach(DrainTest::join);
        }
    }

    @Test
    void aNodeThatIsClosedHasNobodyToSendAway() {
        Node node = Node.start(AT_ONCE + Node.OPEN);
        node.close();

        node.gateway().drain();
    }

    private static CompletableFuture<Void> drain(Node node) {
        return CompletableFuture.runAsync(node.gateway()::drain);
    }

    private static void join(CompletableFuture<Void> done) {
        done.orTimeout(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static boolean isRefused(Node node) {
        try (Socket socket =
                new Socket(node.address().getAddress(), node.address().getPort())) {
            return !socket.isConnected();
        } catch (IOException refused) {
            return true;
        }
    }
}
