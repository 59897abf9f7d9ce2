package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each row of the table of outcomes, with a broker that refuses, hangs, blocks and dies. */
@Timeout(240)
final class PublishOutcomesTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final String QUEUE = "publish-outcomes-test";

    private static final String YAML = """
            insecure: true
            authentication:
              anonymous: true
              jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
            topics:
              - {match: "jobs", queue: publish-outcomes-test, declare: true}
              - {match: "doomed.#", exchange: publish-outcomes-doomed}
              - {match: "#", exchange: amq.topic}
            permissions:
              - {subscribe: ["jobs", "live.#"], publish: ["#"]}
            limits: {publishesPerSecond: 1000}
            """;

    private enum Broker {
        RUNNING,
        PAUSED,
        BLOCKED,
        DEAD
    }

    private Broker broker = Broker.RUNNING;
    private Node node;
    private BackEnd backEnd;

    @BeforeEach
    void start() throws IOException {
        backEnd = BackEnd.connect(BROKER.uri());
        backEnd.channel().exchangeDeclare("publish-outcomes-doomed", "topic", false, false, null);
        backEnd.listen("amq.topic", "in.#").listen("publish-outcomes-doomed", "#");
        node = Node.start(BROKER, YAML);
    }

    @AfterEach
    void stop() throws IOException {
        switch (broker) {
            case PAUSED -> BROKER.resume();
            case BLOCKED -> alarm(false);
            case DEAD -> BROKER.start();
            case RUNNING -> {}
        }
        node.close();
        backEnd.close();
        try (BackEnd last = BackEnd.connect(BROKER.uri())) {
            last.channel().queueDelete(QUEUE);
            last.channel().exchangeDelete("publish-outcomes-doomed");
        }
    }

    @Test
    void aPublishThatAFullQueueRefusesIsRejected() throws IOException {
        Map<String, Object> arguments = Map.of("x-max-length", 1, "x-overflow", "reject-publish");
        String queue =
                backEnd.channel().queueDeclare("", false, true, true, arguments).getQueue();
        backEnd.channel().queueBind(queue, "amq.topic", "full");
        try (Client client = node.connect()) {
            assertThat(client.ask(publish("full", 1, "")).op()).isEqualTo("ok");
            Received refused = client.ask(publish("full", 2, ""));
            assertThat(refused.text()).startsWith("{\"op\":\"error\",\"id\":2,\"code\":\"rejected\",");
            assertThat(refused.json().has("outcome")).isFalse();
            assertThat(node.metric("sluice_publishes_total{result=\"rejected\",rule=\"#\"}"))
                    .isEqualTo(1);
        }
    }

    @Test
    void anExchangeDeletedUnderneathCostsThePublishThatMeetsItAndNoOther() throws IOException {
        try (Client client = node.connect();
                Client other = node.connect()) {
            assertThat(client.ask(publish("doomed.a", 1, "")).op()).isEqualTo("ok");
            backEnd.channel().exchangeDelete("publish-outcomes-doomed");
            client.send("{\"id\":\"culprit\"," + publish("doomed.a", 2, "").substring(1));
            for (int i = 0; i < 50; i++) {
                client.send(
                        "{\"id\":" + (100 + i) + "," + publish("in.a", i, "").substring(1));
                // What was on its way before the culprit may have lost its confirm, and is told so.
                Received answer = other.ask(publish("in.b", i, ""));
                assertThat(answer.op().equals("ok")
                                || answer.json().path("outcome").asString("").equals("unknown"))
                        .as(answer.text())
                        .isTrue();
            }
            Received failed = client.await("error");
            assertThat(failed.json().path("id").asString()).isEqualTo("culprit");
            assertThat(failed.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(failed.json().has("outcome")).isFalse();
            for (int i = 0; i < 50; i++) {
                assertThat(client.await("ok").json().path("id").asInt()).isEqualTo(100 + i);
            }
        }
    }

    @Test
    void withSixtyFourUnconfirmedASessionIsNotReadForTwoSecondsAndThenBusy() {
        try (Client client = node.connect();
                Client other = node.connect()) {
            assertThat(client.ask(publish("in.warm", 0, "")).op()).isEqualTo("ok");
            pause(true);
            long start = System.nanoTime();
            for (int i = 0; i < 64; i++) {
                client.send("{\"id\":" + (100 + i) + ","
                        + publish("in.window", i, "").substring(1));
            }
            assertThat(client.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");
            client.send("{\"id\":\"over\"," + publish("in.window", 64, "").substring(1));
            // Not the other session's window.
            other.send("{\"id\":1," + publish("in.other", 0, "").substring(1));
            assertThat(client.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");
            assertThat(System.nanoTime() - start).isGreaterThan(1_500_000_000L);
            Received busy = client.await("error");
            assertThat(busy.json().path("id").asString()).isEqualTo("over");
            assertThat(busy.json().path("code").asString()).isEqualTo("busy");
            pause(false);
            for (int i = 0; i < 64; i++) {
                assertThat(client.await("ok").json().path("id").asInt()).isEqualTo(100 + i);
            }
            assertThat(other.await("ok").op()).isEqualTo("ok");
            client.expectNothing();
        }
    }

    @Test
    void aBrokerThatDiesBeforeItConfirmsLeavesTheOutcomeUnknownAndThenNothingIsSent() {
        try (Client client = node.connect()) {
            assertThat(client.ask(publish("in.warm", 0, "")).op()).isEqualTo("ok");
            pause(true);
            client.send("{\"id\":\"sent\"," + publish("in.lost", 1, "").substring(1));
            assertThat(client.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");
            await().until(() -> node.metric("sluice_publishes_unconfirmed") == 1);
            BROKER.kill();
            broker = Broker.DEAD;
            Received unknown = client.expect("error");
            assertThat(unknown.json().path("id").asString()).isEqualTo("sent");
            assertThat(unknown.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(unknown.json().path("outcome").asString()).isEqualTo("unknown");
            Received notSent = client.ask(publish("in.later", 2, ""));
            assertThat(notSent.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(notSent.json().has("outcome")).isFalse();
        }
    }

    @Test
    void aRetryWhileTheFirstIsInFlightIsAnsweredLikeItOnAnotherConnectionToo() {
        try (Client first = alice();
                Client second = alice();
                Client nobody = node.connect()) {
            String publish = publish("in.once", 1, ",\"key\":\"k\"");
            alarm(true);
            first.send("{\"id\":\"first\"," + publish.substring(1));
            first.expect("blocked");
            second.expect("blocked");
            nobody.expect("blocked");
            second.send("{\"id\":\"again\"," + publish.substring(1));
            assertThat(code(second, publish("in.once", 2, ",\"key\":\"k\""))).isEqualTo("bad_request");
            assertThat(code(second, publish("in.else", 1, ",\"key\":\"k\""))).isEqualTo("bad_request");
            assertThat(code(nobody, publish)).isEqualTo("busy");
            alarm(false);
            assertThat(first.await("ok").text()).isEqualTo("{\"op\":\"ok\",\"id\":\"first\"}");
            assertThat(second.await("ok").text()).isEqualTo("{\"op\":\"ok\",\"id\":\"again\",\"duplicate\":true}");
        }
        assertThat(backEnd.nextBody()).isEqualTo("1");
        assertThat(backEnd.waiting()).isZero();
    }

    /** The client is gone between the broker's confirm and its {@code ok}, so it cannot know. */
    @Test
    void whoNeverReadTheOkRetriesWithTheKeyAndOneMessageIsInTheBroker() {
        String publish = publish("in.cut", 1, ",\"key\":\"cut\"");
        Client gone = alice();
        gone.send(publish);
        assertThat(backEnd.nextBody()).isEqualTo("1");
        gone.close();
        try (Client back = alice()) {
            assertThat(back.ask(publish).json().path("duplicate").asBoolean()).isTrue();
        }
        assertThat(backEnd.waiting()).isZero();
    }

    /** RabbitMQ is the only state that nodes share: what they have in common is the key, as {@code message-id}. */
    @Test
    void aRetryOnAnotherNodeIsPublishedAgainUnderTheSameMessageId() {
        String publish = publish("in.nodes", 1, ",\"key\":\"nodes\"");
        try (Node other = Node.start(BROKER, YAML);
                Client here = alice(node);
                Client there = alice(other)) {
            assertThat(here.ask(publish).text()).contains("\"ok\"").doesNotContain("duplicate");
            assertThat(there.ask(publish).text()).contains("\"ok\"").doesNotContain("duplicate");
        }
        assertThat(backEnd.next().getProperties().getMessageId()).isEqualTo("nodes");
        assertThat(backEnd.next().getProperties().getMessageId()).isEqualTo("nodes");
    }

    /**
     * RabbitMQ tells a connection that it is blocked only when it publishes, so the first publish in an alarm is sent. It is answered
     * after half a minute, and everything that is no publish goes on.
     */
    @Test
    void theFirstPublishInAnAlarmIsUnknownAfterHalfAMinuteAndAllElseGoesOn() {
        for (int i = 0; i < 10; i++) {
            backEnd.publish("", QUEUE, new BasicProperties(), ("" + i).getBytes(UTF_8));
        }
        try (Client client = alice();
                Client worker = node.connect()) {
            assertThat(worker.ask("{\"op\":\"subscribe\",\"topic\":\"jobs\"}").op())
                    .isEqualTo("ok");
            String publish = publish("in.alarm", 1, ",\"key\":\"alarm\"");
            alarm(true);
            long start = System.nanoTime();
            client.send("{\"id\":\"stuck\"," + publish.substring(1));
            client.expect("blocked");
            assertThat(code(client, publish("in.alarm", 2, ""))).isEqualTo("busy");
            Set<String> done = new HashSet<>();
            while (done.size() < 10) {
                Received message = worker.await("message");
                done.add(message.raw("data"));
                worker.send("{\"op\":\"ack\",\"tag\":" + message.json().path("tag") + "}");
                assertThat(client.ask("{\"op\":\"ping\"}").op()).isEqualTo("pong");
            }
            await().atMost(Client.PATIENCE)
                    .until(() -> BROKER.ctl("list_queues", "name", "messages")
                            .lines()
                            .anyMatch(line -> line.equals(QUEUE + "\t0")));
            Received unknown = client.await("error");
            assertThat((System.nanoTime() - start) / 1_000_000_000L).isBetween(29L, 40L);
            assertThat(unknown.json().path("id").asString()).isEqualTo("stuck");
            assertThat(unknown.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(unknown.json().path("outcome").asString()).isEqualTo("unknown");

            alarm(false);
            client.await("unblocked");
            assertThat(client.ask(publish).json().has("duplicate")).isFalse();
            client.expectNothing();
        }
        // It had been taken after all; whoever retries with a key can be told apart.
        String first = backEnd.next().getProperties().getMessageId();
        assertThat(backEnd.next().getProperties().getMessageId())
                .isEqualTo(first)
                .isEqualTo("alarm");
    }

    @Test
    void whatIsOutWhenTheBrokerIsLostComesAgainUnderAnotherTag() {
        try (Client client = node.connect()) {
            client.subscribe("jobs");
            backEnd.publish("", QUEUE, new BasicProperties(), "1".getBytes(UTF_8));
            assertThat(client.expect("message").json().path("tag").asInt()).isEqualTo(1);
            BROKER.ctl("close_all_connections", "maintenance");
            Received again = client.expect("message");
            assertThat(again.json().path("redelivered").asBoolean()).isTrue();
            assertThat(again.json().path("tag").asInt()).isEqualTo(2);
            assertThat(code(client, "{\"op\":\"ack\",\"tag\":1}")).isEqualTo("no_such_tag");
            client.send("{\"op\":\"ack\",\"tag\":2}");
            client.expectNothing();
        }
    }

    private Client alice() {
        return alice(node);
    }

    private static Client alice(Node node) {
        Client alice = node.dial().bearer(Jwt.of("alice").signed()).open();
        alice.expect("welcome");
        return alice;
    }

    private static String publish(String topic, int data, String more) {
        return "{\"op\":\"publish\",\"topic\":\"" + topic + "\",\"data\":" + data + more + "}";
    }

    private static String code(Client client, String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }

    private void pause(boolean on) {
        broker = on ? Broker.PAUSED : Broker.RUNNING;
        if (on) {
            BROKER.pause();
        } else {
            BROKER.resume();
        }
    }

    private void alarm(boolean on) {
        broker = on ? Broker.BLOCKED : Broker.RUNNING;
        BROKER.ctl("set_vm_memory_high_watermark", on ? "0.0000001" : "0.4");
    }
}
