package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** F14: a broker that ends a channel on which a message stays unacked for three seconds; it looks each second. */
@Timeout(90)
class ConsumerTimeoutTest {

    private static TestBroker node;

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn("consumer_timeout = 3000");
        node.ctl("eval", "application:set_env(rabbit, channel_tick_interval, 1000).");
        try (BackEnd backEnd = new BackEnd(node)) {
            backEnd.exchange("quiet");
        }
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    @Test
    void theFewMessagesOfAQuietRuleAreAckedBeforeTheBrokerLosesPatience() throws Exception {
        try (Bridge bridge = Bridge.up(node, Rules.none().live("a", "quiet"));
                BackEnd backEnd = new BackEnd(node)) {
            for (String message : List.of("one", "two", "three")) {
                backEnd.publish("quiet", "a", message);
                bridge.recorder.awaitEvent("delivery a " + message);
                await().during(Duration.ofSeconds(6))
                        .atMost(Duration.ofSeconds(7))
                        .until(() -> bridge.recorder.countPrefix("gap") == 0 && bridge.recorder.countPrefix("un") == 0);
            }
        }
    }

    @Test
    void aSinkThatHangsCostsItsRuleTheConsumerAndTheGapIsToldOnceWhenItGoesOn() throws Exception {
        Rules rules = Rules.none().live("stuck", "quiet").live("other", "quiet");
        Recorder recorder = new Recorder();
        SlowSink sink = new SlowSink(recorder, "stuck");
        AmqpBroker broker = new AmqpBroker(Bridge.settings(node), rules.topicRules());
        try (BackEnd backEnd = new BackEnd(node)) {
            broker.start(recorder, sink);
            recorder.awaitEvent("up");
            backEnd.publish("quiet", "stuck", "first");
            await().until(() -> node.ctl("list_consumers").lines().count() == 1);
            backEnd.publish("quiet", "other", "meanwhile");
            recorder.awaitEvent("delivery other meanwhile");
            sink.goOn();
            recorder.awaitEvent("gap stuck BROKER -1");
            backEnd.publish("quiet", "stuck", "after");
            recorder.awaitEvent("delivery stuck after");
            assertThat(recorder.countPrefix("gap")).isEqualTo(1);
            assertThat(recorder.countPrefix("down")).isZero();
        } finally {
            sink.goOn();
            broker.close();
        }
    }
}
