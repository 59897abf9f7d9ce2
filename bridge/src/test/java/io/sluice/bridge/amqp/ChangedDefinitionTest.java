package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a rule needs is put in place otherwise, beneath a bridge that runs: the broker refuses it from then on, with 406. */
@Timeout(120)
class ChangedDefinitionTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final String STREAM = "redefined.history";
    private static final Duration WHILE = Duration.ofSeconds(12);

    /** In {@link #WHILE}, each attempt takes three channels; the other rule's checks and the markers have some, too. */
    private static final long FEW = 40;

    private BackEnd backEnd;

    @BeforeEach
    void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("redefined").exchange("calm");
        backEnd.channel.queueDelete(STREAM);
    }

    @AfterEach
    void disconnect() throws Exception {
        backEnd.channel.queueDelete(STREAM);
        backEnd.channel.exchangeDelete("redefined");
        backEnd.channel.exchangeDelete("calm");
        backEnd.close();
    }

    @Test
    void aStreamThatBecomesAQueueIsTriedNowAndThenAndSaidOnceAndIsServedAgainWhenItIsAStreamAgain() throws Exception {
        Rules rules =
                Rules.none().resumable("r.#", Rules.stream("redefined", STREAM)).live("c.#", "calm");
        AmqpSettings settings = Bridge.settings(NODE).with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            backEnd.publish("redefined", "r.1", "1");
            bridge.recorder.awaitEvent("delivery r.1 1");

            backEnd.channel.queueDelete(STREAM);
            backEnd.channel.queueDeclare(STREAM, true, false, false, null);
            backEnd.publish("", STREAM, "theirs");
            await().until(() ->
                    bridge.recorder.events.stream().anyMatch(event -> event.contains("is a queue and no stream")));
            long before = channelsOpened();
            await().pollDelay(WHILE).atMost(WHILE.multipliedBy(2)).until(() -> true);

            assertThat(channelsOpened() - before).isLessThan(FEW);
            assertThat(bridge.recorder.events)
                    .filteredOn(event -> event.contains("is a queue and no stream"))
                    .hasSize(1);
            backEnd.publish("calm", "c.1", "undisturbed");
            bridge.recorder.awaitEvent("delivery c.1 undisturbed");
            assertThat(bridge.recorder.countPrefix("gap c")).isZero();
            assertThat(bridge.recorder.countPrefix("down")).isZero();
            assertThat(backEnd.channel.basicGet(STREAM, true).getBody()).isEqualTo("theirs".getBytes(UTF_8));

            backEnd.channel.queueDelete(STREAM);
            backEnd.channel.queueDeclare(STREAM, true, false, false, Map.of("x-queue-type", "stream"));
            bridge.recorder.awaitCount("available r.#", 2);
            backEnd.publish("redefined", "r.2", "2");
            bridge.recorder.awaitEvent("delivery r.2 2");
            assertThat(bridge.recorder.count("gap r.# HISTORY -1")).isEqualTo(1);
        }
    }

    /** By anybody, since the broker started. */
    private static long channelsOpened() {
        return Long.parseLong(NODE.ctl("eval", "element(4, hd(ets:tab2list(connection_churn_metrics))).")
                .strip());
    }
}
