package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exchanges and queues that are missing, come, go and come again. */
@Timeout(60)
class TopologyTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static BackEnd backEnd;

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("there");
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @Test
    void aMissingExchangeMakesItsRuleUnavailableUntilItAppears() throws Exception {
        Rules rules = Rules.none().live("a", "late").live("b", "there");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.recorder.events)
                    .startsWith(
                            "unavailable a The exchange 'late' does not exist: create it, or set declare: true on the rule.",
                            "available b");
            assertThat(bridge.broker.available(rules.get(0))).isFalse();
            assertThat(bridge.broker.available(rules.get(1))).isTrue();
            assertThat(bridge.broker.state().connected()).isTrue();
            assertThat(bridge.broker.state().reason()).contains("'late' does not exist");
            backEnd.exchange("late");
            bridge.recorder.awaitEvent("available a");
            backEnd.publish("late", "a", "first");
            bridge.recorder.awaitEvent("delivery a first");
            // Nobody can have missed anything.
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            assertThat(bridge.recorder.countPrefix("unavailable")).isEqualTo(1);
            assertThat(bridge.broker.state().reason()).isNull();
        }
        backEnd.channel.exchangeDelete("late");
    }

    @Test
    void anExchangeThatIsDeletedAndMadeAnewIsBoundAgainAndThenTheGapIsTold() throws Exception {
        backEnd.exchange("reborn");
        Rules rules = Rules.none().live("a", "reborn");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            backEnd.channel.exchangeDelete("reborn");
            bridge.recorder.awaitPrefix("unavailable a");
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            backEnd.exchange("reborn");
            bridge.recorder.awaitEvent("gap a BROKER -1");
            backEnd.publish("reborn", "a", "after");
            bridge.recorder.awaitEvent("delivery a after");
            assertThat(bridge.recorder.events).endsWith("available a", "gap a BROKER -1", "delivery a after");
        }
        backEnd.channel.exchangeDelete("reborn");
    }

    @Test
    void anExchangeThatIsDeletedAndMadeAnewBetweenTwoChecksIsAGapOnEachNodeAndRule() throws Exception {
        backEnd.exchange("quickly");
        Rules rules = Rules.none().live("a", "quickly").live("b", "quickly").live("c", "there");
        AmqpSettings settings = Bridge.settings(NODE).with(Bridge.QUICK.withRecheck(java.time.Duration.ofSeconds(2)));
        try (Bridge one = Bridge.up(settings, rules);
                Bridge other = Bridge.up(settings, rules)) {
            for (int round = 1; round <= 2; round++) {
                // Several checks by which nothing has changed, and then one by which it has.
                await().pollDelay(java.time.Duration.ofSeconds(5)).until(() -> true);
                backEnd.channel.exchangeDelete("quickly");
                backEnd.exchange("quickly");
                for (Bridge each : java.util.List.of(one, other)) {
                    each.recorder.awaitCount("gap a BROKER -1", round);
                    each.recorder.awaitCount("gap b BROKER -1", round);
                }
                backEnd.publish("quickly", "a", "after " + round);
                one.recorder.awaitEvent("delivery a after " + round);
                other.recorder.awaitEvent("delivery a after " + round);
            }
            await().pollDelay(java.time.Duration.ofSeconds(5)).until(() -> true);
            assertThat(one.recorder.countPrefix("gap")).isEqualTo(4);
            assertThat(other.recorder.countPrefix("gap")).isEqualTo(4);
            assertThat(one.recorder.countPrefix("unavailable")).isZero();
        }
        assertThat(NODE.ctl("list_exchanges", "name").lines()).contains("sluice.mark.quickly");
        backEnd.channel.exchangeDelete("quickly");
        assertThat(NODE.ctl("list_exchanges", "name").lines()).doesNotContain("sluice.mark.quickly");
    }

    @Test
    void withoutTheRightsForAMarkARuleIsServedAllTheSame() throws Exception {
        NODE.ctl("add_user", "modest", "m");
        NODE.ctl("set_permissions", "modest", "^amq\\.gen.*", "^amq\\.gen.*", "^(amq\\.gen.*|there)$");
        AmqpSettings settings =
                AmqpSettings.of(java.util.List.of(NODE.uri("modest", "m"))).with(Bridge.QUICK);
        try (Bridge bridge = Bridge.up(settings, Rules.none().live("modest", "there"))) {
            backEnd.publish("there", "modest", "1");
            bridge.recorder.awaitEvent("delivery modest 1");
            await().pollDelay(java.time.Duration.ofSeconds(1)).until(() -> true);
            assertThat(bridge.recorder.events).containsExactly("available modest", "up", "delivery modest 1");
        }
        NODE.ctl("delete_user", "modest");
    }

    @Test
    void aBindingThatIsTakenAwayBetweenTwoChecksIsMadeAgain() throws Exception {
        Rules rules = Rules.none().live("taken.away", "there");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bindings()).hasSize(1);
            // An exchange deleted and made anew within one period looks the same as this one.
            NODE.ctl(
                    "eval",
                    "X = rabbit_misc:r(<<\"/\">>, exchange, <<\"there\">>),"
                            + " [rabbit_binding:remove(B, <<\"test\">>) || B <- rabbit_binding:list_for_source(X)].");
            await().until(() -> bindings().size() == 1);
            backEnd.publish("there", "taken.away", "after");
            bridge.recorder.awaitEvent("delivery taken.away after");
        }
    }

    private static List<String> bindings() {
        return NODE.ctl("list_bindings", "source_name", "routing_key")
                .lines()
                .filter("there\ttaken.away"::equals)
                .toList();
    }

    @Test
    void aDeclaredExchangeIsMadeAsADurableTopicExchangeAndUsedAsItIsWhereItExists() throws Exception {
        backEnd.channel.exchangeDeclare("is.direct", "direct", false);
        Rules rules =
                Rules.none().declared("a", "made").declared("b", "is.direct").declared("c", "amq.topic");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.recorder.countPrefix("unavailable")).isZero();
            assertThat(NODE.ctl("list_exchanges", "name", "type", "durable").lines())
                    .contains("made\ttopic\ttrue", "is.direct\tdirect\tfalse");
        }
        backEnd.channel.exchangeDelete("made");
    }

    @Test
    void aWorkQueueIsCheckedOrDeclared() throws Exception {
        Rules rules = Rules.none().work("a", "jobs.missing", false).work("b", "jobs.made", true);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.recorder.events)
                    .startsWith(
                            "unavailable a The queue 'jobs.missing' does not exist: create it, or set declare: true on the rule.",
                            "available b");
            assertThat(NODE.ctl("list_queues", "name", "durable", "consumers").lines())
                    .contains("jobs.made\ttrue\t0");
        }
        backEnd.channel.queueDelete("jobs.made");
    }

    @Test
    void aQueueDeletedUnderneathIsMadeAnewAtOnceAndTheGapIsTold() throws Exception {
        Rules rules = Rules.none().live("deleted", "there").live("untouched", "there");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            deleteQueueOf("deleted");
            bridge.recorder.awaitEvent("gap deleted BROKER -1");
            backEnd.publish("there", "deleted", "after");
            bridge.recorder.awaitEvent("delivery deleted after");
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(1);
            assertThat(bridge.recorder.countPrefix("unavailable")).isZero();
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    @Test
    void aQueueDeletedAgainAndAgainIsMadeAnewAtAMeasuredPace() throws Exception {
        Rules rules = Rules.none().live("churned", "there");
        // The check of all rules would mend it sooner than the pace of one.
        AmqpSettings settings = Bridge.settings(NODE).with(Bridge.QUICK.withRecheck(java.time.Duration.ofMinutes(1)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            deleteQueueOf("churned");
            bridge.recorder.awaitCount("gap churned BROKER -1", 1);
            deleteQueueOf("churned");
            bridge.recorder.awaitPrefix("unavailable churned The broker ends its consumer again and again");
            bridge.recorder.awaitCount("gap churned BROKER -1", 2);
            assertThat(bridge.recorder.events).endsWith("available churned", "gap churned BROKER -1");
        }
    }

    private static void deleteQueueOf(String routingKey) {
        String queue = NODE.ctl("list_bindings", "routing_key", "destination_name")
                .lines()
                .filter(line -> line.startsWith(routingKey + "\t"))
                .map(line -> line.substring(line.indexOf('\t') + 1))
                .findFirst()
                .orElseThrow();
        NODE.ctl("delete_queue", queue);
    }

    @Test
    void aSinkTooSlowForItsQueueIsToldOfTheGap() throws Exception {
        Rules rules = Rules.none().live("slow", "there", 600);
        Recorder recorder = new Recorder();
        SlowSink sink = new SlowSink(recorder, "slow");
        AmqpBroker broker = new AmqpBroker(Bridge.settings(NODE), rules.topicRules());
        try {
            broker.start(recorder, sink);
            recorder.awaitEvent("up");
            // All of the first five hundred are prefetched: the queue never holds as many as it may.
            publish(0, 500);
            await().until(() -> queued("0\t500"));
            // Of the rest the queue keeps its six hundred newest.
            publish(500, 1200);
            await().until(() -> queued("600\t500"));
            sink.goOn();
            recorder.awaitEvent("delivery slow 1199");
            assertThat(recorder.count("gap slow SLOW -1")).isEqualTo(1);
            assertThat(recorder.countPrefix("delivery")).isEqualTo(1100);
        } finally {
            sink.goOn();
            broker.close();
        }
    }

    private void publish(int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            backEnd.publish("there", "slow", String.valueOf(i));
        }
    }

    private static boolean queued(String readyAndUnacknowledged) {
        return NODE.ctl("list_queues", "messages_ready", "messages_unacknowledged")
                .lines()
                .anyMatch(readyAndUnacknowledged::equals);
    }
}
