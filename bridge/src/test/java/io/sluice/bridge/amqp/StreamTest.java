package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Last;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Time;
import io.sluice.bridge.topic.TopicPattern;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resumable rule on a stream that is left in peace. */
@Timeout(60)
class StreamTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static BackEnd backEnd;

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("market");
        backEnd.channel.confirmSelect();
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @BeforeEach
    @AfterEach
    void noStream() throws Exception {
        backEnd.channel.queueDelete("history");
    }

    @Test
    void messagesArriveInOrderWithTheirPositions() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.recorder.events).containsExactly("available a.#", "up");
            publish(0, 3000);
            await().until(() -> bridge.recorder.deliveries.size() == 3000);
            List<Delivery> deliveries = bridge.recorder.deliveries;
            assertThat(deliveries.stream().map(Asked::body).toList()).isEqualTo(bodies(0, 3000));
            assertThat(deliveries.stream().map(Delivery::offset).toList())
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(deliveries).allMatch(one -> Asked.position(one).marker().offset() <= one.offset());
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    @Test
    void whatThePositionOfAMessageSaysIsReadOnFromThere() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            publish(0, 1000);
            await().until(() -> bridge.recorder.deliveries.size() == 1000);
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            for (int i : new int[] {0, 1, 499, 998, 999}) {
                Place place = history.place(Asked.after(bridge.recorder.deliveries.get(i)));
                assertThat(place.next())
                        .isEqualTo(bridge.recorder.deliveries.get(i).offset() + 1);
                assertThat(history.bodiesAfter(place)).isEqualTo(bodies(i + 1, 1000));
            }
        }
    }

    @Test
    void whatTheWindowNoLongerHoldsIsReadFromTheStream() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 100));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            publish(0, 5000);
            await().until(() -> bridge.recorder.deliveries.size() == 5000);
            for (int i : new int[] {0, 2500, 4800, 4950}) {
                Place place = history.place(Asked.after(bridge.recorder.deliveries.get(i)));
                assertThat(history.bodiesAfter(place)).isEqualTo(bodies(i + 1, 5000));
            }
            assertThat(history.bodiesAfter(history.place(new First()))).isEqualTo(bodies(0, 5000));
        }
    }

    @Test
    void theNewestThatMatchAreFoundInTheWindowAndBeforeIt() throws Exception {
        for (int window : new int[] {10_000, 10}) {
            Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", window));
            try (Bridge bridge = Bridge.up(NODE, rules)) {
                publish(0, 1000);
                await().until(() -> bridge.recorder.deliveries.size() == 1000);
                Asked history = new Asked(bridge.broker.history(rules.get(0)));
                assertThat(history.bodiesAfter(history.place(new Last(3)))).isEqualTo(bodies(997, 1000));
                assertThat(history.bodiesAfter(history.place(new Last(300)))).isEqualTo(bodies(700, 1000));
                // a.0, a.1, … a.6 in turn: 999 is a.5, 993 the one before that.
                Place sixth = history.place(new Last(2), TopicPattern.of("a." + 999 % 7));
                assertThat(history.bodiesAfter(sixth)).isEqualTo(bodies(992, 1000));
                assertThat(history.bodiesAfter(history.place(new Last(1), TopicPattern.of("b"))))
                        .isEqualTo(bodies(0, 1000));
            }
            backEnd.channel.queueDelete("history");
        }
    }

    @Test
    void fromATimeOnNothingIsMissing() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 10));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Instant before = Instant.now();
            publish(0, 100);
            await().until(() -> Instant.now().isAfter(before.plusSeconds(2)));
            Instant between = Instant.now();
            publish(100, 200);
            await().until(() -> bridge.recorder.deliveries.size() == 200);
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.bodiesAfter(history.place(new Time(between))))
                    .containsAll(bodies(100, 200))
                    .hasSizeLessThan(200);
            assertThat(history.bodiesAfter(history.place(new Time(before)))).isEqualTo(bodies(0, 200));
            assertThat(history.bodiesAfter(history.place(new Time(Instant.EPOCH))))
                    .isEqualTo(bodies(0, 200));
            assertThat(history.place(new Time(Instant.now().plusSeconds(5))))
                    .isEqualTo(history.history().newest());
        }
    }

    private static List<String> bodies(int from, int to) {
        return IntStream.range(from, to).mapToObj(String::valueOf).toList();
    }

    private static void publish(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            backEnd.publish("market", "a." + i % 7, String.valueOf(i));
        }
        backEnd.channel.waitForConfirmsOrDie(10_000);
    }
}
