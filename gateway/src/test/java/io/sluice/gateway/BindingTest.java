package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TcpProxy;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What sessions that come and go cost the broker: nothing, or on a rule bound per pattern a binding for each pattern. */
@Timeout(180)
final class BindingTest {

    private static final String PER_PATTERN = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "slice.#", exchange: amq.topic, binding: perPattern}
              - {match: "#", exchange: amq.topic}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
            limits: {subscriptionsPerSession: 5000}
            """;

    private TcpProxy network;
    private TestBroker broker;

    @BeforeEach
    void network() {
        network = TcpProxy.to(TestBroker.shared().uri());
        broker = TestBroker.at(network.uri());
    }

    @AfterEach
    void closeNetwork() {
        network.close();
    }

    @Test
    void sessionsThatComeSubscribeAndLeaveCostTheBrokerNotOneMethod() {
        comeAndGo("live");
    }

    @Test
    void norDoTheyOnARuleWithAHistory() {
        comeAndGo("past");
    }

    private void comeAndGo(String kind) {
        try (Node node = Node.start(broker, Streams.yaml("", "past"));
                Client witness = node.connect()) {
            witness.subscribe(kind + ".#");
            long began = System.nanoTime();
            Map<String, Long> before = network.methods().counts();
            List<Client> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                clients.add(node.connect().subscribe(kind + "." + i).subscribe(kind + ".*." + i));
            }
            clients.forEach(Client::close);
            await().atMost(Client.PATIENCE)
                    .until(() -> node.metric("sluice_subscriptions{rule=\"" + kind + ".#\"}") == 1);
            try (BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
                backEnd.publish(kind + ".7", "1");
            }
            witness.expect("message");
            Map<String, Long> after = network.methods().counts();
            // Each check of the rules binds what is bound already, once for each of the two; it comes every 15 s, and
            // perhaps one came at once.
            long checks = 1 + Duration.ofNanos(System.nanoTime() - began).toSeconds() / 15;
            assertThat(since(before, after, "queue.bind")).isLessThanOrEqualTo(2 * checks);
            assertThat(since(before, after, "queue.declare")).isLessThanOrEqualTo(2 * checks);
            assertThat(List.of("queue.unbind", "queue.delete", "exchange.bind", "exchange.delete"))
                    .allSatisfy(method ->
                            assertThat(since(before, after, method)).as(method).isZero());
        }
    }

    private static long since(Map<String, Long> before, Map<String, Long> after, String method) {
        return after.getOrDefault(method, 0L) - before.getOrDefault(method, 0L);
    }

    @Test
    void okComesWhenThePatternIsBoundAndItIsBoundOnceForAll() {
        try (Node node = Node.start(broker, PER_PATTERN);
                Client first = node.connect();
                Client second = node.connect();
                BackEnd backEnd = BackEnd.connect(broker.uri())) {
            first.subscribe("slice.a.*");
            backEnd.publish("slice.a.b", "1");
            assertThat(first.expect("message").raw("data")).isEqualTo("1");
            long before = network.methods().count("queue.bind");
            second.subscribe("slice.a.*");
            assertThat(network.methods().count("queue.bind")).isEqualTo(before);
            backEnd.publish("slice.a.c", "2");
            assertThat(first.expect("message").raw("data")).isEqualTo("2");
            assertThat(second.expect("message").raw("data")).isEqualTo("2");
            backEnd.publish("slice.b", "3");
            first.expectNothing();
        }
    }

    @Test
    void afterAnOutageThePatternsOfAllSessionsAreBoundBeforeTheGap() {
        try (Node node = Node.start(broker, PER_PATTERN);
                Client first = node.connect();
                Client second = node.connect();
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            first.subscribe("slice.one");
            second.subscribe("slice.two.#");
            network.reset();
            first.expect("gap");
            second.expect("gap");
            backEnd.publish("slice.one", "1");
            backEnd.publish("slice.two.x", "2");
            assertThat(first.expect("message").raw("data")).isEqualTo("1");
            assertThat(second.expect("message").raw("data")).isEqualTo("2");
            first.expectNothing();
            second.expectNothing();
        }
    }

    @Test
    void atTheCapASubscribeIsRefusedWithWhatToDoAndWhoLeavesMakesRoom() {
        try (Node node = Node.start(broker, PER_PATTERN);
                Client other = node.connect()) {
            try (Client greedy = node.connect()) {
                subscribeMany(greedy, 0, 1000);
                Received refused = other.ask("{\"op\":\"subscribe\",\"topic\":\"slice.more\"}");
                assertThat(refused.json().path("code").asString()).isEqualTo("limit_exceeded");
                assertThat(refused.json().path("message").asString()).contains("wider ones");
                other.subscribe("slice.5").subscribe("elsewhere.#");
                greedy.ask("{\"op\":\"unsubscribe\",\"topic\":\"slice.7\"}");
                other.subscribe("slice.more");
            }
            await().atMost(Client.PATIENCE).until(() -> node.metric("sluice_subscriptions{rule=\"slice.#\"}") == 2);
            subscribeMany(other, 1000, 998);
        }
    }

    @Test
    void whoSubscribesAndUnsubscribesWhileTheBrokerIsSlowIsHeldToTheLimitUntilItAnswers() {
        String few = PER_PATTERN.replace("5000", "8");
        try (Node node = Node.start(broker, few);
                Client client = node.connect()) {
            network.freeze(TcpProxy.Direction.FROM_BROKER);
            for (int i = 0; i < 8; i++) {
                client.send("{\"op\":\"subscribe\",\"topic\":\"slice." + i + "\"}");
                client.ask("{\"op\":\"unsubscribe\",\"topic\":\"slice." + i + "\"}");
            }
            for (int i = 8; i < 30; i++) {
                Received refused = client.ask("{\"op\":\"subscribe\",\"topic\":\"slice." + i + "\"}");
                assertThat(refused.json().path("code").asString()).isEqualTo("limit_exceeded");
            }
            network.thaw();
            await().atMost(Client.PATIENCE)
                    .until(() -> client.ask("{\"op\":\"subscribe\",\"topic\":\"slice.0\"}")
                            .op()
                            .equals("ok"));
            for (int i = 1; i < 8; i++) {
                client.subscribe("slice." + i);
            }
            assertThat(client.ask("{\"op\":\"subscribe\",\"topic\":\"slice.8\"}")
                            .op())
                    .isEqualTo("error");
        }
    }

    private static void subscribeMany(Client client, int from, int count) {
        for (int i = from; i < from + count; i += 50) {
            String topics = IntStream.range(i, Math.min(from + count, i + 50))
                    .mapToObj(n -> "\"slice." + n + "\"")
                    .collect(Collectors.joining(","));
            Received answer = client.ask("{\"op\":\"subscribe\",\"topics\":[" + topics + "]}");
            assertThat(answer.op()).as(answer.text()).isEqualTo("ok");
        }
    }

    @Test
    void whoLeavesBeforeTheOkHoldsNothingAndUnsubscribingMeanwhileIsHeard() {
        try (Node node = Node.start(broker, PER_PATTERN);
                Client client = node.connect()) {
            for (int i = 0; i < 50; i++) {
                Client hasty = node.connect();
                hasty.send("{\"op\":\"subscribe\",\"topic\":\"slice.hasty." + i + "\"}");
                hasty.close();
            }
            client.send("{\"id\":901,\"op\":\"subscribe\",\"topic\":\"slice.x\"}");
            client.send("{\"id\":902,\"op\":\"unsubscribe\",\"topic\":\"slice.x\"}");
            client.await(901);
            client.await(902);
            await().atMost(Client.PATIENCE).until(() -> node.metric("sluice_subscriptions{rule=\"slice.#\"}") == 0);
            // All of the thousand are to be had: nobody holds any.
            subscribeMany(client, 0, 1000);
        }
    }
}
