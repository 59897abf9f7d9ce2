package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand browsers cost the broker what one costs, and a message is encoded once for all of them. */
@Timeout(180)
final class FanoutTest {

    private static final int SESSIONS = 1000;
    private static final int MESSAGES = 20;
    private static final String RULE = "{rule=\"fan.#\"}";
    private static final List<String> PATTERNS = List.of("fan.out.now", "fan.*.now", "fan.#", "fan.out.*", "fan.#.now");

    private static final TestBroker BROKER = OwnBroker.running();
    private static final List<Client> CLIENTS = new ArrayList<>();
    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start(BROKER, """
                insecure: true
                authentication: {anonymous: true}
                topics: [{match: "fan.#", exchange: amq.topic, overflow: dropOldest}]
                permissions: [{subscribe: ["fan.#"]}]
                """);
    }

    @AfterAll
    static void stop() {
        CLIENTS.forEach(Client::close);
        node.close();
    }

    @Test
    void aThousandSessionsShareOneQueueOneBindingAndOneFrame() {
        String queues = BROKER.ctl("list_queues", "name", "arguments", "exclusive");
        String bindings = bindings();
        assertThat(queues.lines()).hasSize(1);
        assertThat(queues).contains("x-max-length", "true");
        assertThat(bindings.lines()).singleElement().asString().endsWith("fan.#");

        connect();
        subscribe();
        assertThat(BROKER.ctl("list_queues", "name", "arguments", "exclusive")).isEqualTo(queues);
        assertThat(bindings()).isEqualTo(bindings);
        assertThat(node.metric("sluice_subscriptions" + RULE)).isEqualTo(SESSIONS);

        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            for (int i = 0; i < MESSAGES; i++) {
                backEnd.publish("fan.out.now", Integer.toString(i));
            }
            backEnd.publish("fan.in.never", "\"only for fan.#\"");
        }

        for (int session = 0; session < SESSIONS; session++) {
            Client client = CLIENTS.get(session);
            for (int i = 0; i < MESSAGES; i++) {
                assertThat(client.expect("message").raw("data")).isEqualTo(Integer.toString(i));
            }
        }
        int widest = SESSIONS / PATTERNS.size();
        double delivered = MESSAGES * SESSIONS + widest;
        await().atMost(Client.PATIENCE)
                .untilAsserted(() -> assertThat(node.metric("sluice_messages_delivered_total" + RULE))
                        .isEqualTo(delivered));
        assertThat(node.metric("sluice_messages_received_total" + RULE)).isEqualTo(MESSAGES + 1);
        assertThat(node.metric("sluice_messages_encoded_total" + RULE)).isEqualTo(MESSAGES + 1);
        for (int session = 0; session < SESSIONS; session++) {
            if (PATTERNS.get(session % PATTERNS.size()).equals("fan.#")) {
                CLIENTS.get(session).expect("message");
            }
        }
        CLIENTS.get(0).expectNothing();
        disconnect();
        assertThat(BROKER.ctl("list_queues", "name", "arguments", "exclusive")).isEqualTo(queues);
        assertThat(bindings()).isEqualTo(bindings);
    }

    private static void connect() {
        List<CompletableFuture<Client>> dials = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            dials.add(node.dial().openLater());
        }
        dials.forEach(dial -> CLIENTS.add(dial.join()));
        CLIENTS.forEach(client -> client.expect("welcome"));
        assertThat(node.metric("sluice_connections{protocol=\"sluice.v1.json\",transport=\"websocket\"}"))
                .isEqualTo(SESSIONS);
    }

    private static void subscribe() {
        for (int i = 0; i < SESSIONS; i++) {
            String pattern = PATTERNS.get(i % PATTERNS.size());
            CLIENTS.get(i).send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + pattern + "\"}");
        }
        CLIENTS.forEach(client -> client.expect("ok"));
    }

    private static void disconnect() {
        CLIENTS.forEach(Client::close);
        await().atMost(Client.PATIENCE)
                .until(() ->
                        node.metric("sluice_connections{protocol=\"sluice.v1.json\",transport=\"websocket\"}") == 0);
        assertThat(node.metric("sluice_subscriptions" + RULE)).isZero();
    }

    /** Of the exchange, not those that the default exchange has by itself. */
    private static String bindings() {
        return String.join(
                "\n",
                BROKER.ctl("list_bindings", "source_name", "destination_kind", "routing_key")
                        .lines()
                        .filter(line -> line.startsWith("amq.topic"))
                        .toList());
    }
}
