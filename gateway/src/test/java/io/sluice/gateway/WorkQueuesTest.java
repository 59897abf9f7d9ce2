package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work topics as a browser sees them: each message to one session, which acks it. */
@Timeout(120)
final class WorkQueuesTest {

    private static final String QUEUE = "work-queues-test";
    private static final String DEAD = "work-queues-test-dead";

    private static Node node;
    private BackEnd backEnd;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication:
                  anonymous: true
                  jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
                topics:
                  - {match: "jobs.one", queue: work-queues-test, declare: true, headers: [kind]}
                  - {match: "jobs.hasty", queue: work-queues-test-hasty, declare: true, ackTimeout: 500ms}
                  - {match: "jobs.gone", queue: work-queues-test-gone}
                  - {match: "jobs.secret", queue: work-queues-test-secret, declare: true}
                  - {match: "live.#", exchange: amq.topic}
                permissions:
                  - {subscribe: ["jobs.one", "jobs.hasty", "jobs.gone", "live.#"], publish: ["jobs.one"]}
                  - {role: worker, subscribe: ["jobs.secret"]}
                limits: {deliveryBytes: 64KiB, outboundBytes: 256KiB, subscriptionsPerSession: 3}
                """);
    }

    @AfterAll
    static void stop() throws IOException {
        try (BackEnd last = BackEnd.connect(TestBroker.shared().uri())) {
            for (String queue : List.of(QUEUE, DEAD, QUEUE + "-hasty", QUEUE + "-gone", QUEUE + "-secret")) {
                last.channel().queueDelete(queue);
            }
        }
        node.close();
    }

    @BeforeEach
    void empty() throws IOException {
        backEnd = BackEnd.connect(TestBroker.shared().uri());
        await().ignoreExceptions().until(() -> {
            backEnd.channel().queuePurge(QUEUE);
            return true;
        });
    }

    @AfterEach
    void disconnect() {
        backEnd.close();
    }

    @Test
    void aMessageComesWithATagAndIsGoneOnceItIsAcked() throws IOException {
        try (Client client = node.connect()) {
            client.subscribe("jobs.one");
            backEnd.publish(
                    "",
                    QUEUE,
                    new BasicProperties.Builder()
                            .headers(Map.of("kind", "a", "other", "b"))
                            .build(),
                    "{\"n\": 1}".getBytes(UTF_8));
            assertThat(client.expect("message").text())
                    .isEqualTo("{\"op\":\"message\",\"topic\":\"jobs.one\",\"tag\":1,\"redelivered\":false,"
                            + "\"headers\":{\"kind\":\"a\"},\"data\":{\"n\": 1}}");
            client.send("{\"op\":\"ack\",\"tag\":1}");
            put("2");
            assertThat(client.expect("message").json().path("tag").asLong()).isEqualTo(2);
            client.send("{\"op\":\"ack\",\"tags\":[2]}");
            client.expectNothing();
        }
        awaitEmpty(QUEUE);
        assertThat(node.metric("sluice_messages_delivered_total{rule=\"jobs.one\"}"))
                .isPositive();
    }

    @Test
    void aPublishToAWorkTopicGoesToItsQueueAndToOneOfItsSessions() throws IOException {
        try (Client a = node.connect();
                Client b = node.connect()) {
            a.subscribe("jobs.one");
            b.subscribe("jobs.one");
            for (int i = 0; i < 2; i++) {
                assertThat(a.ask("{\"op\":\"publish\",\"topic\":\"jobs.one\",\"data\":" + i + "}")
                                .op())
                        .isEqualTo("ok");
            }
            Set<String> bodies = new HashSet<>();
            bodies.add(a.await("message").raw("data"));
            bodies.add(b.await("message").raw("data"));
            assertThat(bodies).containsExactlyInAnyOrder("0", "1");
            a.expectNothing();
            b.expectNothing();
        }
    }

    @Test
    void creditIsWhatMayBeOutAndOneIfLeftOut() {
        try (Client client = node.connect()) {
            client.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":3}");
            put("1", "2", "3", "4", "5");
            for (int i = 1; i <= 3; i++) {
                assertThat(client.expect("message").json().path("tag").asInt()).isEqualTo(i);
            }
            client.expectNothing();
            client.send("{\"op\":\"ack\",\"tags\":[1,3]}");
            assertThat(client.expect("message").raw("data")).isEqualTo("4");
            assertThat(client.expect("message").raw("data")).isEqualTo("5");
        }
        try (Client client = node.connect()) {
            client.subscribe("jobs.one");
            client.expect("message");
            client.expectNothing();
        }
    }

    @Test
    void subscribingAgainSetsTheCreditAndReturnsWhatIsOut() {
        try (Client client = node.connect()) {
            client.subscribe("jobs.one");
            put("1", "2", "3");
            assertThat(client.expect("message").json().path("tag").asInt()).isEqualTo(1);
            assertThat(client.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":2}")
                            .text())
                    .endsWith("\"subscriptions\":[{\"topic\":\"jobs.one\"}]}");
            Received first = client.await("message");
            assertThat(first.raw("data")).isEqualTo("1");
            assertThat(first.json().path("redelivered").asBoolean()).isTrue();
            assertThat(client.await("message").raw("data")).isEqualTo("2");
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":1}")).isEqualTo("no_such_tag");
            client.send("{\"op\":\"ack\",\"tag\":" + first.json().path("tag") + "}");
            assertThat(client.await("message").raw("data")).isEqualTo("3");
            client.expectNothing();
        }
    }

    @Test
    void aNackReturnsTheMessageOrNot() throws IOException {
        try (Client client = node.connect()) {
            client.subscribe("jobs.one");
            put("1");
            client.expect("message");
            client.send("{\"op\":\"nack\",\"tag\":1}");
            Received again = client.expect("message");
            assertThat(again.json().path("redelivered").asBoolean()).isTrue();
            client.send("{\"op\":\"nack\",\"tag\":" + again.json().path("tag") + ",\"requeue\":false}");
            client.expectNothing();
        }
        awaitEmpty(QUEUE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"op\":\"ack\",\"tag\":9}", "{\"op\":\"nack\",\"tags\":[7,8]}"})
    void aTagThatIsNotOutIsRefusedOnceAndClosesNothing(String command) {
        try (Client neighbour = node.connect();
                Client client = node.connect()) {
            assertThat(code(client, command)).isEqualTo("no_such_tag");
            client.subscribe("jobs.one");
            assertThat(code(client, command)).isEqualTo("no_such_tag");
            neighbour.subscribe("jobs.one");
            put("1", "2");
            Received message = client.await("message");
            neighbour.expect("message");
            // One tag of another session, one of its own, one that is none: its own is done all the same.
            String tag = message.json().path("tag").asString();
            client.send("{\"op\":\"ack\",\"tags\":[" + tag + ",2,3]}");
            assertThat(client.await("error").text())
                    .startsWith("{\"op\":\"error\",\"code\":\"no_such_tag\",\"message\":\"");
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":" + tag + "}")).isEqualTo("no_such_tag");
            put("3");
            assertThat(client.await("message").raw("data")).isEqualTo("3");
            client.expectNothing();
        }
    }

    @Test
    void whatIsOutGoesBackWhenTheSessionEnds() {
        try (Client first = node.connect()) {
            first.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":5}");
            put("1", "2");
            first.expect("message");
            first.expect("message");
            first.socket().abort();
            try (Client second = node.connect()) {
                second.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":5}");
                for (int i = 0; i < 2; i++) {
                    assertThat(second.expect("message")
                                    .json()
                                    .path("redelivered")
                                    .asBoolean())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void whatIsOutGoesBackWhenTheTopicIsUnsubscribed() {
        try (Client client = node.connect();
                Client other = node.connect()) {
            client.subscribe("jobs.one");
            put("1");
            client.expect("message");
            assertThat(client.ask("{\"op\":\"unsubscribe\",\"topic\":\"jobs.one\"}")
                            .op())
                    .isEqualTo("ok");
            other.subscribe("jobs.one");
            assertThat(other.expect("message").raw("data")).isEqualTo("1");
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":1}")).isEqualTo("no_such_tag");
            assertThat(client.ask("{\"op\":\"unsubscribe\",\"topic\":\"jobs.one\"}")
                            .op())
                    .isEqualTo("ok");
            client.expectNothing();
        }
    }

    @Test
    void whatIsOutForLongerThanAckTimeoutGoesBackAndItsTagIsNoMore() {
        try (Client client = node.connect()) {
            client.subscribe("jobs.hasty");
            backEnd.publish("", QUEUE + "-hasty", new BasicProperties(), "1".getBytes(UTF_8));
            assertThat(client.expect("message").json().path("tag").asInt()).isEqualTo(1);
            Received again = client.expect("message");
            assertThat(again.json().path("redelivered").asBoolean()).isTrue();
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":1}")).isEqualTo("no_such_tag");
            client.send("{\"op\":\"ack\",\"tag\":" + again.json().path("tag") + "}");
        }
    }

    @Test
    void aBodyOverTheLimitIsAGapAndIsNotGivenToAnybodyElse() throws IOException {
        try (Client client = node.connect()) {
            client.subscribe("jobs.one");
            put("\"" + "x".repeat(65_536) + "\"", "2");
            assertThat(client.expect("gap").text())
                    .isEqualTo("{\"op\":\"gap\",\"topic\":\"jobs.one\",\"reason\":\"too_large\",\"missed\":1}");
            Received next = client.expect("message");
            assertThat(next.raw("data")).isEqualTo("2");
            client.send("{\"op\":\"ack\",\"tag\":" + next.json().path("tag") + "}");
            client.expectNothing();
        }
        awaitEmpty(QUEUE);
    }

    @Test
    void whenTheQueueIsDeletedTheSubscriptionEndsAndTheTopicIsUnavailableUntilItIsBack() throws IOException {
        backEnd.channel().queueDeclare(QUEUE + "-gone", true, false, false, null);
        try (Client client = node.connect()) {
            awaitOk(client, "{\"op\":\"subscribe\",\"topic\":\"jobs.gone\"}");
            backEnd.publish("", QUEUE + "-gone", new BasicProperties(), "1".getBytes(UTF_8));
            client.await("message");
            backEnd.channel().queueDelete(QUEUE + "-gone");
            assertThat(client.await("unsubscribed").text())
                    .isEqualTo("{\"op\":\"unsubscribed\",\"topic\":\"jobs.gone\",\"code\":\"no_such_topic\"}");
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":1}")).isEqualTo("no_such_tag");
            await().until(() -> client.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.gone\"}")
                    .json()
                    .path("code")
                    .asString("")
                    .equals("unavailable"));
            backEnd.channel().queueDeclare(QUEUE + "-gone", true, false, false, null);
            awaitOk(client, "{\"op\":\"subscribe\",\"topic\":\"jobs.gone\"}");
        }
    }

    @Test
    void aPermissionThatIsWithdrawnEndsTheSubscriptionAndReturnsWhatIsOut() {
        try (Client client = node.dial().bearer(worker("carol")).open()) {
            client.expect("welcome");
            client.subscribe("jobs.secret");
            backEnd.publish("", QUEUE + "-secret", new BasicProperties(), "1".getBytes(UTF_8));
            client.expect("message");
            client.send("{\"op\":\"auth\",\"token\":\"" + Jwt.of("carol").signed() + "\"}");
            assertThat(client.expect("unsubscribed").text())
                    .isEqualTo("{\"op\":\"unsubscribed\",\"topic\":\"jobs.secret\",\"code\":\"forbidden\"}");
            assertThat(code(client, "{\"op\":\"subscribe\",\"topic\":\"jobs.secret\"}"))
                    .isEqualTo("forbidden");
            try (Client other = node.dial().bearer(worker("dave")).open()) {
                other.expect("welcome");
                other.subscribe("jobs.secret");
                assertThat(other.expect("message").json().path("redelivered").asBoolean())
                        .isTrue();
            }
        }
    }

    @Test
    void workTopicsCountAmongTheSubscriptionsAndHaveNoHistory() {
        try (Client client = node.connect()) {
            client.subscribe("live.a").subscribe("live.b").subscribe("jobs.one");
            assertThat(code(client, "{\"op\":\"subscribe\",\"topic\":\"jobs.hasty\"}"))
                    .isEqualTo("limit_exceeded");
            assertThat(client.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":2}")
                            .op())
                    .isEqualTo("ok");
            assertThat(code(client, "{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"from\":\"first\"}"))
                    .isEqualTo("no_history");
            client.ask("{\"op\":\"unsubscribe\",\"topics\":[\"jobs.one\",\"live.a\"]}");
            assertThat(client.ask("{\"op\":\"subscribe\",\"topics\":[\"jobs.one\",\"live.c\"]}")
                            .text())
                    .contains("[{\"topic\":\"jobs.one\"},{\"topic\":\"live.c\"}]");
            assertThat(node.metric("sluice_subscriptions{rule=\"jobs.one\"}")).isEqualTo(1);
        }
    }

    @Test
    void subscribingToAWorkTopicAgainAndAgainIsRateLimited() {
        try (Client client = node.connect()) {
            int refused = 0;
            for (int i = 0; i < 300; i++) {
                Received answer = client.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\"}");
                refused += answer.json().path("code").asString("").equals("rate_limited") ? 1 : 0;
            }
            // 50 a second, 100 at once.
            assertThat(refused).isPositive();
            put("1");
            assertThat(client.await("message").raw("data")).isEqualTo("1");
        }
    }

    /** More than the kernels and the gateway hold for one session; nothing is dropped, and everything comes when it reads. */
    @Test
    void aSessionThatDoesNotReadLosesNothingAndHoldsNoMoreThanItsLimit() throws IOException {
        int messages = 1000;
        String fill = "x".repeat(20_000);
        try (Client slow = node.dial().reading(2).open();
                Client witness = node.connect()) {
            slow.expect("welcome");
            assertThat(slow.ask("{\"op\":\"subscribe\",\"topic\":\"jobs.one\",\"credit\":1000}")
                            .op())
                    .isEqualTo("ok");
            // One at a time: what waits, waits for the session, and not on its way to the event loop.
            for (int i = 0; i < messages; i++) {
                put("{\"n\":" + i + ",\"fill\":\"" + fill + "\"}");
            }
            await().atMost(Client.PATIENCE).until(() -> backEnd.channel().messageCount(QUEUE) == 0);
            assertThat(node.metric("sluice_outbound_bytes")).isLessThan(256 * 1024 + 30_000);
            assertThat(witness.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");

            slow.readOn();
            Set<Integer> numbers = new HashSet<>();
            List<Boolean> redelivered = new ArrayList<>();
            while (numbers.size() < messages) {
                Received message = slow.expect("message");
                assertThat(numbers.add(message.json().at("/data/n").asInt())).isTrue();
                redelivered.add(message.json().path("redelivered").asBoolean());
                slow.send("{\"op\":\"ack\",\"tag\":" + message.json().path("tag") + "}");
            }
            slow.expectNothing();
            assertThat(redelivered.get(0)).isFalse();
            assertThat(redelivered).contains(true);
            await().until(() -> node.metric("sluice_outbound_bytes") == 0);
        }
        awaitEmpty(QUEUE);
    }

    private static String worker(String subject) {
        return Jwt.of(subject).with("roles", List.of("worker")).signed();
    }

    private void put(String... bodies) {
        for (String body : bodies) {
            backEnd.publish("", QUEUE, new BasicProperties(), body.getBytes(UTF_8));
        }
    }

    private void awaitEmpty(String queue) throws IOException {
        await().atMost(Client.PATIENCE).until(() -> {
            var state = backEnd.channel().queueDeclarePassive(queue);
            return state.getMessageCount() == 0 && state.getConsumerCount() == 0;
        });
    }

    private static void awaitOk(Client client, String command) {
        await().atMost(Client.PATIENCE).until(() -> client.ask(command).op().equals("ok"));
    }

    private static String code(Client client, String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }
}
