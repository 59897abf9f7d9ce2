package io.sluice.gateway;

import static io.sluice.gateway.Streams.behind;
import static io.sluice.gateway.Streams.expect;
import static io.sluice.gateway.Streams.position;
import static io.sluice.gateway.Streams.publish;
import static io.sluice.gateway.Streams.resume;
import static io.sluice.gateway.Streams.subscribe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients of a rule with a history see of a broker that goes and comes back, and of a stream that does. */
@Timeout(300)
final class ResumeAcrossOutagesTest {

    private static final TestBroker BROKER = OwnBroker.running();
    private static final String YAML = Streams.yaml("", "o");
    private static final int LAST = 3000;

    private Node node;

    @BeforeEach
    void start() throws IOException {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Streams.delete(backEnd, "o");
        }
        node = Node.start(BROKER, YAML);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Streams.delete(backEnd, "o");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBrokerThatComesBackIsNoGapAndNoWord(boolean killed) {
        try (Client live = node.connect();
                Client replaying = node.dial().reading(2).open()) {
            replaying.expect("welcome");
            String start = position(subscribe(live, "o.x", "\"new\""));
            try (BackEnd before = BackEnd.connect(BROKER.uri())) {
                publish(before, "o.x", 0, 300, "x".repeat(16 << 10));
            }
            expect(live, 0, 300);
            resume(replaying, "o.x", start);

            restart(killed);
            awaitServed();
            try (BackEnd after = BackEnd.connect(BROKER.uri())) {
                publish(after, "o.x", 300, 400);
            }
            String position = expect(live, 300, 400);
            live.expectNothing();
            replaying.readOn();
            expect(replaying, 0, 400);
            replaying.expectNothing();

            try (Client back = node.connect();
                    BackEnd after = BackEnd.connect(BROKER.uri())) {
                resume(back, "o.x", position);
                publish(after, "o.x", 400, 405);
                expect(back, 400, 405);
            }
        }
    }

    @Test
    void aPositionFromBeforeAnOutageIsGoodAfterIt() {
        String position;
        try (Client client = node.connect();
                BackEnd before = BackEnd.connect(BROKER.uri())) {
            subscribe(client, "o.x", "\"new\"");
            publish(before, "o.x", 0, 10);
            position = expect(client, 0, 10);
            publish(before, "o.x", 10, 20);
            expect(client, 10, 20);
        }
        node.close();
        restart(true);
        node = Node.start(BROKER, YAML);
        awaitServed();
        try (Client client = node.connect();
                BackEnd after = BackEnd.connect(BROKER.uri())) {
            resume(client, "o.x", position);
            publish(after, "o.x", 20, 25);
            expect(client, 10, 25);
            client.expectNothing();
        }
    }

    @Test
    void whileTheBrokerIsAwayASubscribeIsUnavailableAndAReplayWaits() {
        try (Client client = node.connect()) {
            BROKER.stop();
            try {
                await().atMost(Client.PATIENCE).until(() -> node.metric("sluice_broker_connected") == 0);
                Received refused = client.ask("{\"op\":\"subscribe\",\"topic\":\"o.x\",\"from\":\"first\"}");
                assertThat(refused.json().path("code").asString()).isEqualTo("unavailable");
            } finally {
                BROKER.start();
            }
            awaitServed();
            subscribe(client, "o.x", "\"first\"");
        }
    }

    @Test
    void aStreamMadeAnewWithTheSameMessagesIsAnotherHistory() throws IOException {
        try (Client live = node.connect();
                BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            subscribe(live, "o.x", "\"new\"");
            publish(backEnd, "o.x", 0, 20);
            String position = expect(live, 0, 10);
            expect(live, 10, 20);

            Streams.delete(backEnd, "o");
            Received gap = live.expect("gap");
            assertThat(gap.json().path("reason").asString()).isEqualTo("history");
            assertThat(gap.json().path("topic").asString()).isEqualTo("o.x");
            publish(backEnd, "o.x", 0, 20);
            expect(live, 0, 20);
            live.expectNothing();

            try (Client back = node.connect()) {
                Received ok = subscribe(back, "o.x", behind(position));
                assertThat(ok.json().at("/subscriptions/0/recovered").asBoolean(true))
                        .isFalse();
                publish(backEnd, "o.x", 20, 25);
                expect(back, 20, 25);
                back.expectNothing();
            }
        }
    }

    @Test
    void aClientThatIsCutOffAgainAndAgainGetsWhatEnteredTheStreamOnceAndInOrder() throws Exception {
        String position;
        try (Client first = node.connect()) {
            position = position(subscribe(first, "o.x", "\"new\""));
        }
        Thread publisher = new Thread(ResumeAcrossOutagesTest::publishThroughOutages);
        publisher.start();
        List<Integer> received = new ArrayList<>();
        for (int round = 0; received.isEmpty() || received.get(received.size() - 1) != LAST; round++) {
            try (Client client = node.connect()) {
                resume(client, "o.x", position);
                for (int i = 1 + (round * 37) % 250; i > 0; i--) {
                    Received message = client.expect("message");
                    received.add(Streams.number(message));
                    position = message.json().path("position").asString();
                    if (received.get(received.size() - 1) == LAST) {
                        break;
                    }
                }
            }
            if (round == 5 || round == 15) {
                restart(round == 5);
                awaitServed();
            }
        }
        publisher.join();
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            assertThat(received).isEqualTo(Streams.content(backEnd, "o", LAST));
        }
    }

    /**
     * What a broker takes that comes back need not enter the stream, and what it did not confirm is published again: the stream itself
     * says what there is to receive.
     */
    private static void publishThroughOutages() {
        for (int next = 0; next <= LAST; ) {
            try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
                for (; next < LAST; next++) {
                    publish(backEnd, "o.x", next, next + 1);
                }
                await().atMost(Client.PATIENCE).until(() -> Streams.stands(backEnd, "o"));
                publish(backEnd, "o.x", next, next + 1);
                next++;
            } catch (RuntimeException away) {
                Thread.onSpinWait();
            }
        }
    }

    /** A broker takes connections before it serves its streams. */
    private void awaitServed() {
        try (Client client = node.connect()) {
            await().atMost(Client.PATIENCE)
                    .until(() -> client.ask("{\"op\":\"subscribe\",\"topic\":\"o.served\"}")
                            .op()
                            .equals("ok"));
        }
    }

    private void restart(boolean killed) {
        if (killed) {
            BROKER.kill();
        } else {
            BROKER.stop();
        }
        BROKER.start();
    }
}
