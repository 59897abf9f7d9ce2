package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** F11: the broker closes a channel on which many publish because one of them did what it refuses. */
@Timeout(60)
class ClosedChannelTest {

    private static final int OTHERS = 500;

    private static TestBroker node;
    private static BackEnd backEnd;

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn("max_message_size = 1000000");
        backEnd = new BackEnd(node).exchange("good").exchange("doomed").exchange("sealed");
        backEnd.channel.queueDeclare("taken", true, false, false, null);
        backEnd.channel.queueBind("taken", "good", "x");
        node.ctl("add_user", "writer", "w");
        node.ctl("set_permissions", "writer", "^amq\\.gen.*", "^(amq\\.gen.*|good|doomed)$", ".*");
    }

    @AfterAll
    static void endNode() throws Exception {
        backEnd.close();
        node.close();
    }

    @Test
    void by404() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "doomed");
        try (Bridge bridge = up(rules)) {
            backEnd.channel.exchangeDelete("doomed");
            onlyTheCulpritFails(bridge, rules, "doomed", new byte[1]);
        }
    }

    @Test
    void by403() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "sealed");
        try (Bridge bridge = up(rules)) {
            onlyTheCulpritFails(bridge, rules, "sealed", new byte[1]);
        }
    }

    @Test
    void by406() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "good");
        try (Bridge bridge = up(rules)) {
            onlyTheCulpritFails(bridge, rules, "good", new byte[1_000_001]);
        }
    }

    /** All on one lane: half of the others before the culprit, half behind it. */
    private static void onlyTheCulpritFails(Bridge bridge, Rules rules, String exchange, byte[] body) throws Exception {
        assertThat(bridge.publish(rules.get(0), "good", "x", "first").get()).isEqualTo(PublishOutcome.CONFIRMED);
        long before = taken();
        List<CompletableFuture<PublishOutcome>> others = new ArrayList<>();
        for (int i = 0; i < OTHERS / 2; i++) {
            others.add(bridge.publish(rules.get(0), "good", "x", "before"));
        }
        CompletableFuture<PublishOutcome> culprit =
                bridge.publish(Bridge.publication(rules.get(1), exchange, "y", body));
        for (int i = 0; i < OTHERS / 2; i++) {
            others.add(bridge.publish(rules.get(0), "good", "x", "behind"));
        }
        assertThat(culprit.get(30, TimeUnit.SECONDS)).isNotEqualTo(PublishOutcome.CONFIRMED);
        long confirmed = 0;
        for (CompletableFuture<PublishOutcome> one : others) {
            PublishOutcome outcome = one.get(30, TimeUnit.SECONDS);
            assertThat(outcome)
                    .isIn(
                            PublishOutcome.CONFIRMED,
                            PublishOutcome.UNKNOWN,
                            PublishOutcome.NOT_SENT,
                            PublishOutcome.BUSY);
            confirmed += outcome.equals(PublishOutcome.CONFIRMED) ? 1 : 0;
        }
        assertThat(bridge.broker.state().unconfirmed()).isZero();
        // Confirmed is there; what is unknown may be.
        assertThat(taken() - before).isBetween(confirmed, (long) OTHERS);
        // The channel is replaced at once, and the connection was never touched.
        long start = System.nanoTime();
        assertThat(bridge.publish(rules.get(0), "good", "x", "after").get()).isEqualTo(PublishOutcome.CONFIRMED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(bridge.recorder.countPrefix("down")).isZero();
    }

    private static Bridge up(Rules rules) {
        AmqpSettings settings = AmqpSettings.of(List.of(node.uri("writer", "w")))
                .with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)))
                .with(AmqpSettings.Limits.DEFAULT);
        return Bridge.up(settings, rules);
    }

    private static long taken() throws Exception {
        return backEnd.channel.messageCount("taken");
    }
}
