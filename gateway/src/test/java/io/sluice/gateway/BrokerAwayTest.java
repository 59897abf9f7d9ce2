package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.GetResponse;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients see of a broker that is not there, goes and comes back, or takes no publishes. */
@Timeout(240)
final class BrokerAwayTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final String PUBLISH = "{\"op\":\"publish\",\"topic\":\"away.publish\",\"data\":1}";

    private boolean alarmed;
    private boolean stopped;

    @AfterEach
    void bringBack() {
        if (stopped) {
            start();
        }
        if (alarmed) {
            alarm(false);
        }
    }

    @Test
    void withoutABrokerTheNodeServesAndSaysSoAndIsReadyWhenItComes() {
        stop();
        try (Node node = Node.startWithoutWaiting(BROKER, Node.OPEN);
                Client client = node.connect()) {
            assertThat(node.operations("/health/live").statusCode()).isEqualTo(200);
            await().atMost(Client.PATIENCE)
                    .untilAsserted(
                            () -> assertThat(node.operations("/health/ready").body())
                                    .contains("\"status\":\"not ready\"")
                                    .contains("\"reason\":\"amqp://guest@")
                                    .doesNotContain("guest:guest"));
            assertThat(node.operations("/health/ready").statusCode()).isEqualTo(503);
            assertThat(code(client, "{\"op\":\"subscribe\",\"topic\":\"a\"}")).isEqualTo("unavailable");
            Received refused = client.ask(PUBLISH);
            assertThat(refused.json().path("code").asString()).isEqualTo("unavailable");
            assertThat(refused.json().has("outcome")).isFalse();
            assertThat(node.metric("sluice_broker_connected")).isZero();

            start();
            await().atMost(Client.PATIENCE)
                    .until(() -> node.operations("/health/ready").statusCode() == 200);
            assertThat(node.metric("sluice_broker_connected")).isEqualTo(1);
            client.subscribe("away.publish");
            assertThat(client.ask(PUBLISH).op()).isEqualTo("ok");
            assertThat(client.await("message").raw("data")).isEqualTo("1");
            client.expectNothing();
        }
    }

    @Test
    void aRestartIsOneGapOnAConnectionThatStaysOpen() {
        try (Node node = Node.start(BROKER, Node.OPEN);
                Client client = node.connect();
                Client silent = node.connect()) {
            client.subscribe("restart.*");
            try (BackEnd before = BackEnd.connect(BROKER.uri())) {
                before.publish("restart.before", "1");
            }
            assertThat(client.expect("message").raw("data")).isEqualTo("1");

            stop();
            await().atMost(Client.PATIENCE).until(() -> node.metric("sluice_broker_connected") == 0);
            assertThat(code(client, PUBLISH)).isEqualTo("unavailable");
            client.expectNothing();
            start();

            assertThat(client.expect("gap").text())
                    .isEqualTo("{\"op\":\"gap\",\"topic\":\"restart.*\",\"reason\":\"broker\"}");
            try (BackEnd after = BackEnd.connect(BROKER.uri())) {
                after.publish("restart.after", "2");
            }
            assertThat(client.expect("message").raw("data")).isEqualTo("2");
            client.expectNothing();
            silent.expectNothing();
            await().atMost(Client.PATIENCE).until(() -> node.metric("sluice_broker_reconnects_total") == 1);
        }
    }

    @Test
    void whileTheBrokerTakesNoPublishesClientsAreToldAndDeliveriesGoOn() throws IOException {
        try (Node node = Node.start(BROKER, Node.OPEN);
                Client client = node.connect();
                BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            client.subscribe("alarm.*");
            String letters = letterFor("alarm.delivered", backEnd);
            alarm(true);
            // The broker blocks a connection when it publishes: this one is on its way for as long as the alarm lasts.
            client.send("{\"id\":\"first\"," + PUBLISH.substring(1));
            client.expect("blocked");
            assertThat(code(client, PUBLISH)).isEqualTo("busy");
            assertThat(node.metric("sluice_broker_blocked")).isEqualTo(1);
            try (Client late = node.connect()) {
                late.expect("blocked");
            }

            deadLetter(letters, backEnd);
            assertThat(client.expect("message").raw("data")).isEqualTo("\"dead\"");

            alarm(false);
            client.await("unblocked");
            assertThat(client.await("ok").text()).isEqualTo("{\"op\":\"ok\",\"id\":\"first\"}");
            assertThat(client.ask(PUBLISH).op()).isEqualTo("ok");
            client.expectNothing();
        }
    }

    @Test
    void everySessionHearsOfEachAlarmOnceHoweverItComesAndItsConnectionAnswersAllTheWhile() {
        List<Client> clients = new ArrayList<>();
        try (Node node = Node.start(BROKER, Node.OPEN);
                Client publishing = node.connect()) {
            for (int round = 0; round < 3; round++) {
                alarm(true);
                publishing.send(PUBLISH);
                for (int i = 0; i < 20; i++) {
                    clients.add(node.connect());
                }
                publishing.await("blocked");
                for (int i = 0; i < 5; i++) {
                    clients.add(node.connect());
                }
                clients.forEach(client -> client.ask("{\"op\":\"ping\"}"));
                alarm(false);
                for (int i = 0; i < 5; i++) {
                    clients.add(node.connect());
                }
                publishing.await("unblocked");
            }
            for (Client client : clients) {
                client.ask("{\"op\":\"ping\"}");
                boolean blocked = false;
                while (client.waiting() + client.kept() > 0) {
                    blocked = !blocked;
                    client.expect(blocked ? "blocked" : "unblocked");
                }
                assertThat(blocked).isFalse();
            }
        } finally {
            clients.forEach(Client::close);
        }
    }

    private static String code(Client client, String command) {
        Received answer = client.ask(command);
        assertThat(answer.op()).as(answer.text()).isEqualTo("error");
        return answer.json().path("code").asString();
    }

    /** A queue with one message that the broker itself publishes to {@code topic} when it is rejected, alarm or not. */
    static String letterFor(String topic, BackEnd backEnd) throws IOException {
        Map<String, Object> arguments =
                Map.of("x-dead-letter-exchange", "amq.topic", "x-dead-letter-routing-key", topic);
        String queue =
                backEnd.channel().queueDeclare("", false, true, true, arguments).getQueue();
        backEnd.publish("", queue, new BasicProperties(), "\"dead\"".getBytes(UTF_8));
        return queue;
    }

    static void deadLetter(String queue, BackEnd backEnd) throws IOException {
        GetResponse letter = backEnd.channel().basicGet(queue, false);
        backEnd.channel().basicReject(letter.getEnvelope().getDeliveryTag(), false);
    }

    private void stop() {
        stopped = true;
        BROKER.stop();
    }

    private void start() {
        BROKER.start();
        stopped = false;
    }

    private void alarm(boolean on) {
        alarmed = on;
        BROKER.memoryAlarm(on);
    }
}
