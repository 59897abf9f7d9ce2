package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A browser that does not read: what its rule says happens to it, and to nobody else. */
@Timeout(120)
final class SlowSessionTest {

    /** More than the kernels of both sides will hold for a connection that nobody reads. */
    private static final int MESSAGES = 400;

    private static final String FILL = "x".repeat(64 << 10);

    private static Node node;
    private static BackEnd backEnd;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication: {anonymous: true}
                topics:
                  - {match: "disconnect.#", exchange: amq.topic, overflow: disconnect}
                  - {match: "drop.#", exchange: amq.topic, overflow: dropOldest}
                  - {match: "conflate.#", exchange: amq.topic, overflow: conflate}
                permissions: [{subscribe: ["#"]}]
                limits: {outboundBytes: 256KiB}
                """);
        backEnd = BackEnd.connect(TestBroker.shared().uri());
    }

    @AfterAll
    static void stop() {
        backEnd.close();
        node.close();
    }

    @Test
    void disconnectClosesItAndItMayComeBack() throws IOException {
        try (Client slow = slow("disconnect.a");
                Client witness = node.connect()) {
            witness.subscribe("disconnect.a");
            for (int i = 0; i < MESSAGES; i++) {
                publish("disconnect.a", i);
                assertThat(number(witness.expect("message"))).isEqualTo(i);
            }

            assertThat(node.metric("sluice_slow_sessions_total{policy=\"disconnect\"}"))
                    .isEqualTo(1);
            slow.readOn();
            assertThat(slow.closed()).isEqualTo(new Closed(1013, "slow"));
            witness.expectNothing();
        }
    }

    @Test
    void dropOldestSaysHowManyAreMissingBeforeItGoesOn() throws IOException {
        try (Client slow = slow("drop.a")) {
            flood("drop.a");
            await().atMost(Client.PATIENCE).until(() -> received("drop.#") == MESSAGES && dropped("drop.#") > 0);
            slow.readOn();

            List<Integer> numbers = new ArrayList<>();
            int missed = readUntilTheLast(slow, "drop.a", numbers);
            assertThat(numbers).isSorted().doesNotHaveDuplicates().contains(0);
            assertThat(missed).isPositive().isEqualTo(MESSAGES - numbers.size());
            assertThat(dropped("drop.#")).isEqualTo(missed);
            slow.expectNothing();
        }
    }

    @Test
    void conflateKeepsTheNewestOfEachTopic() throws IOException {
        try (Client slow = slow("conflate.*")) {
            backEnd.publish("conflate.other", "\"kept\"");
            flood("conflate.a");
            await().atMost(Client.PATIENCE)
                    .until(() -> received("conflate.#") == MESSAGES + 1 && dropped("conflate.#") > 0);
            slow.readOn();

            assertThat(slow.expect("message").raw("data")).isEqualTo("\"kept\"");
            List<Integer> numbers = new ArrayList<>();
            int missed = readUntilTheLast(slow, "conflate.*", numbers);
            assertThat(numbers).isSorted().doesNotHaveDuplicates();
            assertThat(missed).isPositive().isEqualTo(MESSAGES - numbers.size());
            slow.expectNothing();
        }
    }

    /** Reads welcome and ok, and nothing more. */
    private static Client slow(String pattern) {
        Client slow = node.dial().reading(2).open();
        slow.expect("welcome");
        return slow.subscribe(pattern);
    }

    /** One at a time, as fast as a session that reads: no event loop falls behind, so all that is lost is lost by the slow one. */
    private static void flood(String topic) throws IOException {
        try (Client witness = node.connect()) {
            witness.subscribe(topic);
            for (int i = 0; i < MESSAGES; i++) {
                publish(topic, i);
                assertThat(number(witness.expect("message"))).isEqualTo(i);
            }
        }
    }

    private static void publish(String topic, int number) throws IOException {
        byte[] body = ("{\"n\":" + number + ",\"fill\":\"" + FILL + "\"}").getBytes(US_ASCII);
        backEnd.channel().basicPublish("amq.topic", topic, new BasicProperties(), body);
    }

    /** Collects what comes until the last message of the flood; gives what the gaps say is missing. */
    private static int readUntilTheLast(Client client, String pattern, List<Integer> numbers) {
        int missed = 0;
        int last = -1;
        while (last != MESSAGES - 1) {
            Received next = client.next();
            if (next.op().equals("gap")) {
                assertThat(next.json().path("topic").asString()).isEqualTo(pattern);
                assertThat(next.json().path("reason").asString()).isEqualTo("slow");
                missed += next.json().path("missed").asInt();
            } else {
                last = number(next);
                numbers.add(last);
            }
        }
        return missed;
    }

    private static double received(String rule) {
        return node.metric("sluice_messages_received_total{rule=\"" + rule + "\"}");
    }

    private static double dropped(String rule) {
        return node.metric("sluice_messages_dropped_total{reason=\"slow\",rule=\"" + rule + "\"}");
    }

    private static int number(Received message) {
        return message.json().at("/data/n").asInt(-1);
    }
}
