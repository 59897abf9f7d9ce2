package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Back ends disconnect users through the control exchange, on all nodes. */
@Timeout(120)
final class ControlExchangeTest {

    private static final String YAML = """
            amqp: {uris: ["${AMQP}"], control: control-test}
            """ + Node.ANYBODY + """
            topics: [{match: "#"}]
            permissions: [{subscribe: ["#"]}]
            """;

    @Test
    void aUserIsDisconnectedOnEveryNode() throws IOException {
        try (BackEnd backEnd = backEnd();
                Node one = Node.start(YAML);
                Node two = Node.start(YAML);
                Client first = connect(one, "control-gone");
                Client second = connect(two, "control-gone");
                Client other = connect(two, "control-stays")) {
            publish(backEnd, "{\"op\":\"disconnect\",\"principal\":\"control-gone\",\"issuer\":\"tests\"}");

            assertThat(first.closed().code()).isEqualTo(4403);
            assertThat(second.closed().code()).isEqualTo(4403);
            other.expectNothing();
        }
    }

    @Test
    void oneSessionIsDisconnected() throws IOException {
        try (BackEnd backEnd = backEnd();
                Node node = Node.start(YAML);
                Client gone = node.dial().open();
                Client stays = node.connect()) {
            String id = gone.expect("welcome").json().path("session").asString();

            publish(backEnd, "{\"op\":\"disconnect\",\"session\":\"" + id + "\"}");

            assertThat(gone.closed().code()).isEqualTo(4403);
            stays.expectNothing();
        }
    }

    @Test
    void whatCannotBeUnderstoodIsDroppedToldOnceAndCounted() throws IOException {
        try (BackEnd backEnd = backEnd();
                Node node = Node.start(YAML);
                Client stays = connect(node, "control-stays");
                CapturedLog log = CapturedLog.open()) {
            List<String> bad = List.of(
                    "",
                    "no json",
                    "[]",
                    "{}",
                    "{\"op\":\"disconnect\"}",
                    "{\"op\":\"disconnect\",\"principal\":\"\"}",
                    "{\"op\":\"disconnect\",\"principal\":1}",
                    "{\"op\":\"disconnect\",\"principal\":\"a\",\"session\":\"b\"}",
                    "{\"op\":\"restart\",\"principal\":\"control-stays\"}",
                    "\"" + "x".repeat(20_000) + "\"");
            for (String body : bad) {
                publish(backEnd, body);
            }

            await().atMost(Client.PATIENCE)
                    .untilAsserted(() -> assertThat(node.metric("sluice_control_messages_total{result=\"refused\"}"))
                            .isEqualTo(bad.size()));
            assertThat(log.noise()).hasSize(1);
            stays.expectNothing();
        }
    }

    @Test
    void aMissingExchangeIsToldAndTheNodeServesAllTheSame() throws IOException {
        String yaml = YAML.replace("control-test", "control-missing");
        try (Node node = Node.start(yaml + Admin.OPERATIONS)) {
            assertThat(new Admin(node).get("broker").path("reason").asString())
                    .contains("amqp.control", "control-missing", "Create it");
            node.connect().subscribe("a").close();
        }
    }

    @Test
    void aUserOfTheBrokerWithThePermissionsOfTheDocsIsEnough() throws IOException {
        TestBroker broker = OwnBroker.running();
        broker.ctl("add_user", "least", "least");
        broker.ctl(
                "set_permissions",
                "least",
                "^amq\\.gen-.*$",
                "^(amq\\.gen-.*|least-events)$",
                "^(amq\\.gen-.*|least-control)$");
        try (BackEnd backEnd = BackEnd.connect(broker.uri())) {
            backEnd.channel().exchangeDeclare("least-control", "topic", false, true, null);
            backEnd.channel().exchangeDeclare("least-events", "topic", false, true, null);
            backEnd.listen("least-events", "session.connect");
            try (Node node = Node.startOn(broker.uri("least", "least"), """
                            amqp: {uris: ["${AMQP}"], control: least-control, events: least-events}
                            insecure: true
                            authentication: {anonymous: true}
                            """);
                    Client gone = node.dial().open()) {
                String id = gone.expect("welcome").json().path("session").asString();
                assertThat(backEnd.nextBody()).contains(id);

                backEnd.channel()
                        .basicPublish(
                                "least-control",
                                "any",
                                null,
                                ("{\"op\":\"disconnect\",\"session\":\"" + id + "\"}").getBytes(UTF_8));

                assertThat(gone.closed().code()).isEqualTo(4403);
            }
        }
    }

    private static BackEnd backEnd() throws IOException {
        BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri());
        backEnd.channel().exchangeDeclare("control-test", "fanout", false, false, null);
        return backEnd;
    }

    private static Client connect(Node node, String subject) {
        Client client = node.dial().bearer(Jwt.of(subject).signed()).open();
        client.expect("welcome");
        return client;
    }

    private static void publish(BackEnd backEnd, String body) throws IOException {
        backEnd.channel().basicPublish("control-test", "", null, body.getBytes(UTF_8));
    }
}
