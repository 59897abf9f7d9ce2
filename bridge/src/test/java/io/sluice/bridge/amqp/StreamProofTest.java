package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.After;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What positions prove: nothing is missing behind them, or it is said that this cannot be known. */
@Timeout(120)
class StreamProofTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final Located UNPROVEN = new Located.Unproven();
    private static BackEnd backEnd;

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("proof");
        backEnd.channel.confirmSelect();
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @BeforeEach
    @AfterEach
    void noStream() throws Exception {
        backEnd.channel.queueDelete("proof.history");
        backEnd.channel.queueDelete("proof.other");
    }

    @Test
    void aForgedPositionIsUnproven() throws Exception {
        for (int window : new int[] {10_000, 10}) {
            Rules rules = rules(window);
            Position before;
            try (Bridge bridge = Bridge.up(NODE, rules)) {
                before = published(bridge, 0, 100).get(50);
            }
            // A node that was not there when that marker was written has to look for it.
            try (Bridge bridge = Bridge.up(NODE, rules)) {
                published(bridge, 100, 200);
                Asked history = asked(bridge, rules);
                assertThat(history.bodiesAfter(history.place(new After(before))))
                        .isEqualTo(bodies(51, 200));
                Marker marker = before.marker();
                Random random = new Random(3);
                for (int i = 0; i < 20; i++) {
                    long offset = random.nextInt(200);
                    List<Marker> forged = List.of(
                            new Marker(marker.stream(), marker.offset(), marker.high() ^ 1L << i, marker.low()),
                            new Marker(marker.stream(), marker.offset(), marker.high(), marker.low() ^ 1L << i),
                            new Marker(marker.stream(), marker.offset() + 1 + i, marker.high(), marker.low()),
                            new Marker(marker.stream() + 1, marker.offset(), marker.high(), marker.low()));
                    for (Marker one : forged) {
                        assertThat(history.locate(new After(new Position(one, offset))))
                                .isEqualTo(UNPROVEN);
                    }
                }
            }
            noStream();
        }
    }

    @Test
    void aPositionBeyondTheEndIsUnproven() throws Exception {
        Rules rules = rules(10_000);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Position last = published(bridge, 0, 10).get(9);
            Asked history = asked(bridge, rules);
            Position beyond = new Position(last.marker(), last.offset() + 1_000);
            assertThat(history.locate(new After(beyond))).isEqualTo(UNPROVEN);
            Position farBeyond = new Position(last.marker(), last.offset() + 1_000_000_000);
            assertThat(history.locate(new After(farBeyond))).isEqualTo(UNPROVEN);
            Marker later = new Marker(last.marker().stream(), last.offset() + 1_000, 1, 2);
            assertThat(history.locate(new After(new Position(later, last.offset()))))
                    .isEqualTo(UNPROVEN);
            assertThat(history.place(new After(last)).next()).isEqualTo(last.offset() + 1);
        }
    }

    @Test
    void aPositionOfAnotherStreamIsUnproven() throws Exception {
        Rules rules = Rules.none()
                .resumable("p.a", Rules.stream("proof", "proof.history"))
                .resumable("p.b", Rules.stream("proof", "proof.other"));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            publish("p.a", 0, 10);
            publish("p.b", 0, 10);
            await().until(() -> bridge.recorder.deliveries.size() == 20);
            for (Delivery one : bridge.recorder.deliveries) {
                int own = one.topic().equals("p.a") ? 0 : 1;
                Asked history = new Asked(bridge.broker.history(rules.get(own)));
                Asked other = new Asked(bridge.broker.history(rules.get(1 - own)));
                assertThat(history.locate(Asked.after(one))).isInstanceOf(Located.At.class);
                assertThat(other.locate(Asked.after(one))).isEqualTo(UNPROVEN);
            }
        }
    }

    @Test
    void anotherNodeAcceptsThePositionsOfTheFirstAndSoDoesTheNextOneAfterARestart() throws Exception {
        for (int window : new int[] {10_000, 20}) {
            Rules rules = rules(window);
            try (Bridge other = Bridge.up(NODE, rules)) {
                List<Position> told;
                try (Bridge first = Bridge.up(NODE, rules)) {
                    told = published(first, 0, 300);
                    assertReadsOn(asked(other, rules), told, 300);
                    assertReadsOn(asked(first, rules), published(other, 0), 300);
                }
                try (Bridge restarted = Bridge.up(NODE, rules)) {
                    assertReadsOn(asked(restarted, rules), told, 300);
                }
            }
            noStream();
        }
    }

    private static void assertReadsOn(Asked history, List<Position> told, int end) {
        for (int i : new int[] {0, 100, 285, end - 1}) {
            Place place = history.place(new After(told.get(i)));
            assertThat(history.bodiesAfter(place)).isEqualTo(bodies(i + 1, end));
        }
    }

    @Test
    void aStreamMadeAnewWithTheVerySameMessagesIsAnotherLog() throws Exception {
        Rules rules = rules(10_000);
        List<Position> told;
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            told = published(bridge, 0, 100);
        }
        noStream();
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            List<Position> again = published(bridge, 0, 100);
            assertThat(again.stream().map(Position::offset).toList())
                    .isEqualTo(told.stream().map(Position::offset).toList());
            Asked history = asked(bridge, rules);
            assertThat(told).allMatch(one -> history.locate(new After(one)).equals(UNPROVEN));
            assertThat(again).allMatch(one -> history.locate(new After(one)) instanceof Located.At);
        }
    }

    @Test
    void segmentsThatRollLeaveHolesThatAreNoLoss() throws Exception {
        Rules rules = Rules.none().resumable("p.#", Rules.stream("proof", "proof.history", 50, 1L << 30, 20_000));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            List<Position> told = published(bridge, 0, 1000);
            long span = told.get(999).offset() - told.get(0).offset();
            assertThat(span).as("offsets have holes").isGreaterThan(1003);
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            Asked history = asked(bridge, rules);
            assertThat(history.bodiesAfter(history.place(new First()))).isEqualTo(bodies(0, 1000));
            for (int i = 0; i < 1000; i += 111) {
                assertThat(history.bodiesAfter(history.place(new After(told.get(i)))))
                        .isEqualTo(bodies(i + 1, 1000));
            }
        }
    }

    @Test
    void whatIsTrimmedUnderASlowReaderIsLostAndAPositionFromBeforeIsUnproven() throws Exception {
        Rules rules = Rules.none().resumable("p.#", Rules.stream("proof", "proof.history", 10, 200_000, 50_000));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            List<Position> told = published(bridge, 0, 200);
            Asked history = asked(bridge, rules);
            Place oldest = history.place(new After(told.get(0)));
            Read.Batch first = (Read.Batch) history.read(oldest.log(), oldest.next());
            for (int i = 200; i < 2000; i += 100) {
                published(bridge, i, i + 100);
            }
            long trimmedTo = history.place(new First()).next();
            assertThat(trimmedTo).isGreaterThan(first.end());
            // The scan that has read the first batch may still hold it, and what follows; not for ever.
            await().until(() -> history.read(oldest.log(), oldest.next()) instanceof Read.Lost);
            Read.Lost lost = (Read.Lost) history.read(oldest.log(), oldest.next());
            assertThat(lost.place().next()).isGreaterThanOrEqualTo(trimmedTo);
            List<String> rest = history.bodiesAfter(lost.place());
            assertThat(rest).isEqualTo(bodies(2000 - rest.size(), 2000)).hasSizeGreaterThan(100);
            // What was seen in the stream a moment ago is not looked for again at once.
            await().until(() -> history.locate(new After(told.get(0))).equals(UNPROVEN));
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    @Test
    void aStreamThatStandsWithOtherRetentionIsUsedAsItIs() throws Exception {
        backEnd.channel.queueDeclare(
                "proof.history", true, false, false, Map.of("x-queue-type", "stream", "x-max-length-bytes", 5_000_000));
        Rules rules = rules(100);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            published(bridge, 0, 10);
        }
    }

    @Test
    void aQueueThatIsNoStreamIsLeftAlone() throws Exception {
        backEnd.channel.queueDeclare("proof.history", true, false, false, null);
        backEnd.publish("", "proof.history", "theirs");
        Rules rules = rules(100);
        try (Bridge bridge = Bridge.starting(Bridge.settings(NODE), rules)) {
            bridge.recorder.awaitPrefix("unavailable p.# ");
            assertThat(bridge.recorder.events).anyMatch(event -> event.contains("is a queue and no stream"));
        }
        await().until(() -> backEnd.channel.messageCount("proof.history") >= 1);
        assertThat(backEnd.channel.basicGet("proof.history", true).getBody()).isEqualTo("theirs".getBytes(UTF_8));
    }

    private static Rules rules(int window) {
        return Rules.none().resumable("p.#", Rules.stream("proof", "proof.history", window));
    }

    private static Asked asked(Bridge bridge, Rules rules) {
        return new Asked(bridge.broker.history(rules.get(0)));
    }

    private static List<Position> published(Bridge bridge, int from, int to) throws Exception {
        int before = bridge.recorder.deliveries.size();
        publish("p.x", from, to);
        await().until(() -> bridge.recorder.deliveries.size() == before + to - from);
        return published(bridge, before);
    }

    private static List<Position> published(Bridge bridge, int from) {
        List<Delivery> deliveries = bridge.recorder.deliveries;
        return deliveries.subList(from, deliveries.size()).stream()
                .map(Asked::position)
                .toList();
    }

    private static List<String> bodies(int from, int to) {
        return IntStream.range(from, to).mapToObj(StreamProofTest::body).toList();
    }

    /** About a hundred bytes. */
    private static String body(int number) {
        return number + " " + ".".repeat(100);
    }

    private static void publish(String key, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            backEnd.publish("proof", key, body(i));
            if (i % 50 == 49) {
                backEnd.channel.waitForConfirmsOrDie(10_000);
            }
        }
        backEnd.channel.waitForConfirmsOrDie(10_000);
    }
}
