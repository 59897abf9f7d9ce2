package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
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
    /** Of two attempts and a part of a third: one has two at most. */
    private static final int DECLARATIONS = 5;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

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
        try (TcpProxy proxy = TcpProxy.to(NODE.uri());
                Bridge bridge = Bridge.up(settings(proxy), rules)) {
            backEnd.publish("redefined", "r.1", "1");
            bridge.recorder.awaitEvent("delivery r.1 1");

            backEnd.channel.queueDelete(STREAM);
            backEnd.channel.queueDeclare(STREAM, true, false, false, null);
            backEnd.publish("", STREAM, "theirs");
            await().until(() ->
                    bridge.recorder.events.stream().anyMatch(event -> event.contains("is a queue and no stream")));
            Duration took = attempts(proxy);

            assertThat(took).isGreaterThan(Bridge.QUICK.reattach());
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

    /** How long so many take: what does not wait between them would have them within a moment, on whatever machine. */
    private static Duration attempts(TcpProxy proxy) {
        long since = System.nanoTime();
        long before = proxy.methods().count("queue.declare");
        await().atMost(PATIENCE).until(() -> proxy.methods().count("queue.declare") - before >= DECLARATIONS);
        return Duration.ofNanos(System.nanoTime() - since);
    }

    private static AmqpSettings settings(TcpProxy proxy) {
        return AmqpSettings.of(List.of(proxy.uri())).with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)));
    }
}
