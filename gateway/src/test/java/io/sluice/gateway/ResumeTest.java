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
import io.sluice.gateway.Client.Closed;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A client that comes back: what it is promised of a rule with a history, with the broker left in peace. */
@Timeout(120)
final class ResumeTest {

    private static final String YAML = Streams.yaml("", "a", "b", "c", "drop")
            .replace("test.drop}", "test.drop}, overflow: dropOldest")
            .concat("limits: {outboundBytes: 256KiB, subscriptionsPerSession: 5}\n");

    private static Node node;
    private static BackEnd backEnd;

    @BeforeAll
    static void start() throws IOException {
        backEnd = BackEnd.connect(TestBroker.shared().uri());
        Streams.delete(backEnd, "a", "b", "c", "drop");
        node = Node.start(YAML);
    }

    @AfterAll
    static void stop() throws IOException {
        node.close();
        Streams.delete(backEnd, "a", "b", "c", "drop");
        backEnd.close();
    }

    @Test
    void whatCameWhileAClientWasAwayComesWhenItIsBackAndThenItIsLive() {
        String position;
        try (Client client = node.connect()) {
            subscribe(client, "a.back.*", "\"new\"");
            publish(backEnd, "a.back.x", 0, 10);
            position = expect(client, 0, 10);
        }
        publish(backEnd, "a.back.x", 10, 1500);
        publish(backEnd, "a.other", 0, 3);
        try (Client client = node.connect()) {
            resume(client, "a.back.*", position);
            publish(backEnd, "a.back.x", 1500, 1600);
            expect(client, 10, 1600);
            client.expectNothing();
        }
    }

    @Test
    void thePositionOfAnOkIsOneToResumeFrom() {
        String position;
        try (Client client = node.connect()) {
            position = position(subscribe(client, "a.ok", "\"new\""));
        }
        publish(backEnd, "a.ok", 0, 5);
        try (Client client = node.connect()) {
            Received ok = subscribe(client, "a.ok", behind(position));
            assertThat(position(ok)).isEqualTo(position);
            assertThat(ok.text()).contains("\"recovered\":true").doesNotContain("truncated");
            expect(client, 0, 5);
        }
        try (Client client = node.connect()) {
            resume(client, "a.ok", position);
            expect(client, 0, 5);
            client.expectNothing();
        }
    }

    @Test
    void aPositionMeansTheSameOnAnotherNodeAndAfterARestart() {
        String position;
        try (Node other = Node.start(YAML);
                Client here = node.connect();
                Client there = other.connect()) {
            subscribe(here, "a.node", "\"new\"");
            subscribe(there, "a.node", "\"new\"");
            publish(backEnd, "a.node", 0, 20);
            position = expect(here, 0, 10);
            expect(there, 0, 20);
            try (Client moved = other.connect()) {
                resume(moved, "a.node", position);
                position = expect(moved, 10, 20);
            }
        }
        publish(backEnd, "a.node", 20, 30);
        try (Node restarted = Node.start(YAML);
                Client client = restarted.connect()) {
            resume(client, "a.node", position);
            publish(backEnd, "a.node", 30, 40);
            expect(client, 20, 40);
            client.expectNothing();
        }
    }

    @Test
    void firstIsTheOldestAndLastTheNewestThatMatch() {
        publish(backEnd, "b.first", 0, 200);
        publish(backEnd, "b.last", 0, 10);
        publish(backEnd, "b.first", 200, 300);
        try (Client client = node.connect()) {
            subscribe(client, "b.first", "\"first\"");
            expect(client, 0, 300);
            Received ok = subscribe(client, "b.last", "{\"last\":4}");
            assertThat(ok.json().at("/subscriptions/0/truncated").asBoolean(true))
                    .isFalse();
            assertThat(ok.json().at("/subscriptions/0").has("recovered")).isFalse();
            expect(client, 6, 10);
        }
        try (Client client = node.connect()) {
            subscribe(client, "b.last", "{\"last\":1000}");
            publish(backEnd, "b.last", 10, 12);
            expect(client, 0, 12);
            client.expectNothing();
        }
    }

    @Test
    void whatLiesDeeperThanTheNewestTenThousandIsNotLookedForAndTheClientIsToldSo() {
        try (Client witness = node.connect();
                Client client = node.connect()) {
            subscribe(witness, "c.deep", "\"new\"");
            publish(backEnd, "c.deep", 0, 3);
            publish(backEnd, "c.above", 0, 10_000);
            publish(backEnd, "c.deep", 3, 5);
            expect(witness, 0, 5);
            Received ok = subscribe(client, "c.deep", "{\"last\":4}");
            assertThat(ok.json().at("/subscriptions/0/truncated").asBoolean()).isTrue();
            expect(client, 3, 5);
            client.expectNothing();
        }
    }

    @Test
    void aTimeStartsThereOrSomewhatBefore() {
        publish(backEnd, "b.time", 0, 5);
        Instant between = Instant.now();
        publish(backEnd, "b.time", 5, 10);
        try (Client client = node.connect()) {
            subscribe(client, "b.time", "{\"time\":\"" + between + "\"}");
            int first = Streams.number(client.expect("message"));
            assertThat(first).isLessThanOrEqualTo(5);
            expect(client, first + 1, 10);
            subscribe(client, "b.time.*", "{\"time\":\"2100-01-01T00:00:00Z\"}");
            client.expectNothing();
        }
    }

    @Test
    void whatCannotBeProvenIsNotRecoveredButLiveFromNowOn() {
        String foreign;
        try (Client client = node.connect();
                Client witness = node.connect()) {
            foreign = position(subscribe(client, "b.x", "\"new\""));
            subscribe(witness, "a.unproven", "\"new\"");
            publish(backEnd, "a.unproven", 0, 5);
            expect(witness, 0, 5);
        }
        String forged = new StringBuilder(foreign).reverse().toString();
        for (String position : List.of(foreign, forged, "", "no position at all", "A".repeat(50), "A".repeat(5000))) {
            try (Client client = node.connect()) {
                Received ok = subscribe(client, "a.unproven", behind(position));
                assertThat(ok.json().at("/subscriptions/0/recovered").asBoolean(true))
                        .as(position)
                        .isFalse();
                publish(backEnd, "a.unproven", 5, 8);
                String last = expect(client, 5, 8);
                client.expectNothing();
                try (Client back = node.connect()) {
                    resume(back, "a.unproven", position(ok));
                    assertThat(expect(back, 5, 8)).isEqualTo(last);
                }
            }
        }
        assertThat(node.metric("sluice_recoveries_total{result=\"unproven\",rule=\"a.#\"}"))
                .isEqualTo(6);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"topic\":\"live.x\",\"from\":\"first\" | no_history",
                "\"topic\":\"live.x\",\"from\":{\"position\":\"x\"} | no_history",
                "\"topics\":[\"a.x\",\"b.x\"],\"from\":\"first\" | bad_request",
                "\"topics\":[\"a.x\",\"live.x\"],\"from\":{\"last\":1} | no_history",
                "\"topic\":\"a.held\",\"from\":\"first\" | bad_request",
                "\"topics\":[\"a.x\",\"a.held\"],\"from\":\"first\" | bad_request",
                "\"topics\":[\"a.1\",\"a.2\",\"a.3\",\"a.4\",\"a.5\"],\"from\":\"first\" | limit_exceeded",
                "\"topic\":\"a.x\",\"from\":{\"last\":0} | bad_request",
                "\"topic\":\"a.x\",\"from\":{\"last\":1001} | bad_request",
                "\"topic\":\"a.x\",\"from\":\"now\" | bad_request"
            })
    void whatCannotStartThereIsRefusedAndNothingIsSubscribed(String fields, String code) {
        try (Client client = node.connect()) {
            subscribe(client, "a.held", "\"new\"");
            Received answer = client.ask("{\"op\":\"subscribe\"," + fields + "}");
            assertThat(answer.json().path("code").asString()).as(answer.text()).isEqualTo(code);
            publish(backEnd, "a.x", 0, 1);
            client.expectNothing();
        }
    }

    @Test
    void aHeldPatternTellsWhereItStandsAndIsLeftAlone() {
        try (Client client = node.connect()) {
            subscribe(client, "a.again", "\"new\"");
            publish(backEnd, "a.again", 0, 3);
            String position = expect(client, 0, 3);
            assertThat(position(subscribe(client, "a.again", "\"new\""))).isEqualTo(position);
            publish(backEnd, "a.again", 3, 4);
            expect(client, 3, 4);
            client.expectNothing();
        }
    }

    @Test
    void patternsThatResumeTogetherComeInTheOrderOfTheHistoryAndOnce() {
        String position;
        try (Client client = node.connect()) {
            position = position(subscribe(client, "a.two.*", "\"new\""));
        }
        for (int i = 0; i < 40; i++) {
            publish(backEnd, i % 2 == 0 ? "a.two.x" : "a.two.y", i, i + 1);
        }
        try (Client client = node.connect()) {
            Received ok = client.ask("{\"op\":\"subscribe\",\"topics\":[\"a.two.x\",\"a.two.*\",\"a.two.y\"],\"from\":"
                    + behind(position) + "}");
            assertThat(ok.json().path("subscriptions")).hasSize(3);
            assertThat(ok.json().at("/subscriptions/2/recovered").asBoolean()).isTrue();
            expect(client, 0, 40);
            client.expectNothing();
        }
    }

    @Test
    void aReplayComesRegardlessOfALivePattern() {
        try (Client client = node.connect()) {
            subscribe(client, "a.both.*", "\"new\"");
            publish(backEnd, "a.both.x", 0, 5);
            expect(client, 0, 5);
            subscribe(client, "a.both.x", "{\"last\":3}");
            expect(client, 2, 5);
            publish(backEnd, "a.both.x", 5, 6);
            expect(client, 5, 6);
            client.expectNothing();
        }
    }

    @Test
    void whoLeavesBeforeItIsFoundOrDuringItsReplayGetsNothingMore() {
        publish(backEnd, "b.leave", 0, 3000);
        try (Client client = node.connect()) {
            client.send("{\"op\":\"subscribe\",\"id\":100,\"topic\":\"b.leave\",\"from\":{\"last\":1000}}");
            client.send("{\"op\":\"unsubscribe\",\"id\":101,\"topic\":\"b.leave\"}");
            assertThat(client.await(101).op()).isEqualTo("ok");
            assertThat(client.await(100).op()).isEqualTo("ok");
            client.ask("{\"op\":\"unsubscribe\",\"topic\":\"b.leave\"}");
            while (client.waiting() + client.kept() > 0) {
                client.next();
            }
            publish(backEnd, "b.leave", 3000, 3001);
            client.expectNothing();

            subscribe(client, "b.leave", "\"first\"");
            assertThat(client.ask("{\"op\":\"unsubscribe\",\"topic\":\"b.leave\"}")
                            .op())
                    .isEqualTo("ok");
            Received next = client.ask("{\"op\":\"ping\"}");
            assertThat(next.op()).isEqualTo("pong");
        }
        try (Client gone = node.connect()) {
            gone.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"b.leave\",\"from\":{\"position\":\"x\"}}");
        }
        try (Client gone = node.connect()) {
            subscribe(gone, "b.leave", "\"first\"");
        }
        try (Client witness = node.connect()) {
            subscribe(witness, "b.leave", "{\"last\":10}");
            expect(witness, 2991, 3001);
        }
    }

    @Test
    void aSlowReaderIsReplayedToAtItsOwnPaceWhileOthersAreLive() {
        String fill = "x".repeat(16 << 10);
        String position;
        try (Client client = node.connect()) {
            position = position(subscribe(client, "a.slow", "\"new\""));
        }
        try (Client slow = node.dial().reading(2).open();
                Client witness = node.connect()) {
            slow.expect("welcome");
            subscribe(witness, "a.slow", "\"new\"");
            for (int i = 0; i < 1000; i += 10) {
                publish(backEnd, "a.slow", i, i + 10, fill);
                expect(witness, i, i + 10);
            }
            resume(slow, "a.slow", position);
            for (int i = 1000; i < 1500; i += 10) {
                publish(backEnd, "a.slow", i, i + 10, fill);
                expect(witness, i, i + 10);
            }
            assertThat(node.metric("sluice_outbound_bytes"))
                    .as("nothing is parked")
                    .isZero();
            assertThat(slow.isOpen()).isTrue();
            slow.readOn();
            expect(slow, 0, 1500);
            assertThat(slow.isOpen()).isTrue();
            assertThat(node.metric("sluice_slow_sessions_total{policy=\"disconnect\"}"))
                    .isZero();
        }
    }

    @Test
    void whoIsDisconnectedAsTooSlowComesBackWithoutLoss() {
        String fill = "x".repeat(64 << 10);
        List<Integer> numbers = new ArrayList<>();
        String position;
        try (Node fresh = Node.start(YAML);
                Client slow = fresh.dial().reading(2).open();
                Client witness = fresh.connect()) {
            slow.expect("welcome");
            position = position(subscribe(slow, "a.overflow", "\"new\""));
            subscribe(witness, "a.overflow", "\"new\"");
            for (int i = 0; i < 300; i++) {
                publish(backEnd, "a.overflow", i, i + 1, fill);
                expect(witness, i, i + 1);
            }
            assertThat(fresh.metric("sluice_slow_sessions_total{policy=\"disconnect\"}"))
                    .isEqualTo(1);
            slow.readOn();
            assertThat(slow.closed()).isEqualTo(new Closed(1013, "slow"));
            while (slow.waiting() > 0) {
                Received message = slow.expect("message");
                numbers.add(Streams.number(message));
                position = message.json().path("position").asString();
            }
            assertThat(numbers).isEqualTo(Streams.numbers(0, numbers.size())).hasSizeLessThan(300);
            try (Client back = fresh.connect()) {
                resume(back, "a.overflow", position);
                expect(back, numbers.size(), 300);
                back.expectNothing();
            }
        }
    }

    @Test
    void dropOldestTellsTheHoleAndGoesOn() {
        String fill = "x".repeat(64 << 10);
        try (Client slow = node.dial().reading(2).open();
                Client witness = node.connect()) {
            slow.expect("welcome");
            subscribe(slow, "drop.x", "\"new\"");
            subscribe(witness, "drop.x", "\"new\"");
            for (int i = 0; i < 300; i++) {
                publish(backEnd, "drop.x", i, i + 1, fill);
                expect(witness, i, i + 1);
            }
            slow.readOn();
            int missed = 0;
            List<Integer> numbers = new ArrayList<>();
            while (numbers.isEmpty() || numbers.get(numbers.size() - 1) != 299) {
                Received next = slow.next();
                if (next.op().equals("gap")) {
                    assertThat(next.json().path("reason").asString()).isEqualTo("slow");
                    missed += next.json().path("missed").asInt();
                } else {
                    numbers.add(Streams.number(next));
                }
            }
            assertThat(missed).isPositive().isEqualTo(300 - numbers.size());
            assertThat(numbers).isSorted().doesNotHaveDuplicates();
            slow.expectNothing();
        }
    }

    @Test
    void aQuietSubscriptionIsToldItsPositionAndResumesFromIt() {
        String position;
        try (Client quiet = node.connect()) {
            subscribe(quiet, "a.quiet", "\"new\"");
            publish(backEnd, "a.loud", 0, 10);
            await().atMost(Duration.ofMinutes(1)).until(() -> quiet.waiting() > 0);
            Received told = quiet.expect("position");
            assertThat(told.json().path("topic").asString()).isEqualTo("a.quiet");
            position = told.json().path("position").asString();
        }
        publish(backEnd, "a.quiet", 0, 3);
        try (Client back = node.connect()) {
            resume(back, "a.quiet", position);
            expect(back, 0, 3);
            back.expectNothing();
        }
    }

    @Test
    void beforeAGoawayEachSubscriptionIsToldWhereItStands() {
        try (Node leaving = Node.start(YAML + "drain: {delay: 0s, window: 0s}\n");
                Client client = leaving.connect()) {
            subscribe(client, "a.bye", "\"new\"");
            subscribe(client, "live.bye", "\"new\"");
            publish(backEnd, "a.else", 0, 1);
            try (Client witness = leaving.connect()) {
                subscribe(witness, "a.else", "{\"last\":1}");
                witness.expect("message");
            }
            CompletableFuture<Void> drained = CompletableFuture.runAsync(leaving.gateway()::drain);
            Received told = client.expect("position");
            assertThat(told.json().path("topic").asString()).isEqualTo("a.bye");
            client.expect("goaway");
            assertThat(client.closed().code()).isEqualTo(1001);
            drained.join();
            publish(backEnd, "a.bye", 0, 2);
            try (Client back = node.connect()) {
                resume(back, "a.bye", told.json().path("position").asString());
                expect(back, 0, 2);
                back.expectNothing();
            }
        }
    }
}
