package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Last;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Oversized;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Time;
import io.sluice.bridge.topic.TopicPattern;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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

    @Test
    void onlyTheBrokersWordThatNothingIsNewerIsTakenForItAndNotItsSilence() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 10));
        try (TcpProxy network = TcpProxy.to(NODE.uri());
                Bridge bridge = Bridge.up(AmqpSettings.of(List.of(network.uri())), rules)) {
            publish(0, 10);
            await().until(() -> bridge.recorder.deliveries.size() == 10);
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            Instant behind = Instant.now().plusSeconds(2);
            await().until(() -> Instant.now().isAfter(behind));
            assertThat(history.place(new Time(behind)))
                    .isEqualTo(history.history().newest());
            network.holdDeliveries();
            assertThat(history.locate(new Time(Instant.EPOCH))).isEqualTo(new Located.Unavailable());
            network.thaw();
            assertThat(history.bodiesAfter(history.place(new Time(Instant.EPOCH))))
                    .isEqualTo(bodies(0, 10));
        }
    }

    @Test
    void theSearchForTheNewestEndsAfter10000MessagesOfTheRule() throws Exception {
        boolean published = false;
        for (int window : new int[] {10_000, 100}) {
            Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", window));
            try (Bridge bridge = Bridge.up(NODE, rules)) {
                if (!published) {
                    backEnd.publish("market", "a.rare", "rare");
                    publish(0, 10_500);
                    await().until(() -> bridge.recorder.deliveries.size() == 10_501);
                    published = true;
                }
                Asked history = new Asked(bridge.broker.history(rules.get(0)));
                Located rare = history.locate(new Last(1), TopicPattern.of("a.rare"));
                assertThat(rare).isInstanceOf(Located.At.class);
                Located.At at = (Located.At) rare;
                assertThat(at.truncated()).isTrue();
                assertThat(history.bodiesAfter(at.place())).isEqualTo(bodies(500, 10_500));
                Located some = history.locate(new Last(1000), TopicPattern.of("a.3"));
                assertThat(some)
                        .isEqualTo(new Located.At(history.place(new Last(1000), TopicPattern.of("a.3")), false));
                assertThat(history.bodiesAfter(((Located.At) some).place()).get(0))
                        .isEqualTo(String.valueOf(10_496 - 999 * 7));
            }
        }
    }

    @Test
    void whatIsTooLargeIsToldInItsPlaceLiveAndInTheHistory() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 2));
        AmqpSettings settings = Bridge.settings(NODE).with(AmqpSettings.Limits.DEFAULT.withDeliveryBytes(1000));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            backEnd.publish("market", "a.b", "1");
            backEnd.publish("market", "a.b", ".".repeat(1001));
            backEnd.publish("market", "a.b", ".".repeat(1000));
            backEnd.publish("market", "a.b", "2");
            bridge.recorder.awaitEvent("delivery a.b 2");
            assertThat(bridge.recorder.events)
                    .endsWith("delivery a.b 1", "too large a.# a.b", "delivery a.b …", "delivery a.b 2");
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.entriesAfter(history.place(new First())))
                    .satisfiesExactly(
                            entry -> assertThat(entry).isInstanceOf(Delivery.class),
                            entry -> assertThat(entry).isEqualTo(new Oversized("a.b", entry.offset())),
                            entry -> assertThat(entry).isInstanceOf(Delivery.class),
                            entry -> assertThat(entry).isInstanceOf(Delivery.class));
        }
    }

    @Test
    void whatBelongsToAnotherRuleIsNeitherDeliveredNorRead() throws Exception {
        Rules rules = Rules.none().live("a.b", "market").resumable("a.#", Rules.stream("market", "history", 1));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            backEnd.publish("market", "a.c", "1");
            backEnd.publish("market", "a.b", "2");
            backEnd.publish("market", "a.c", "3");
            backEnd.publish("market", "a.b", "4");
            await().until(() -> bridge.recorder.deliveries.size() == 4);
            assertThat(bridge.recorder.count("delivery a.b 2")).isEqualTo(1);
            Asked history = new Asked(bridge.broker.history(rules.get(1)));
            // The last message is not the rule's, and has been read.
            await().until(() -> history.history().newest().position().offset() >= 4);
            assertThat(history.bodiesAfter(history.place(new First()))).containsExactly("1", "3");
        }
    }

    @Test
    void headersThatTheRuleLetsThroughComeAlongLiveAndInTheHistory() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 1));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                    .contentType("text/x")
                    .headers(Map.of("secret", "s"))
                    .build();
            backEnd.publish("market", "a.b", properties, new byte[] {1});
            backEnd.publish("market", "a.b", properties, new byte[] {2});
            await().until(() -> bridge.recorder.deliveries.size() == 2);
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.entriesAfter(history.place(new First())))
                    .allSatisfy(entry -> assertThat(entry).isInstanceOfSatisfying(Delivery.class, one -> {
                        assertThat(one.contentType()).isEqualTo("text/x");
                        assertThat(one.headers()).isEmpty();
                    }));
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
