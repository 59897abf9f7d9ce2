package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Delivery;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** F11: the broker closes a channel on which many publish because one of them did what it refuses. */
@Timeout(60)
class ClosedChannelTest {

    private static final int OTHERS = 500;
    private static final int LARGEST = 1_000_000;
    private static final int TOO_LARGE = LARGEST + 1;

    private static TestBroker node;
    private static BackEnd backEnd;

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn("max_message_size = " + LARGEST);
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
            onlyTheCulpritFails(bridge, rules, "doomed", new byte[1], PublishOutcome.NOT_SENT);
        }
    }

    @Test
    void by403() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "sealed");
        try (Bridge bridge = up(rules)) {
            onlyTheCulpritFails(bridge, rules, "sealed", new byte[1], PublishOutcome.REJECTED);
        }
    }

    @Test
    void by406() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "good");
        try (Bridge bridge = up(rules)) {
            onlyTheCulpritFails(bridge, rules, "good", new byte[TOO_LARGE], PublishOutcome.REJECTED);
        }
    }

    /** All on one lane: half of the others before the culprit, half behind it. */
    private static void onlyTheCulpritFails(
            Bridge bridge, Rules rules, String exchange, byte[] body, PublishOutcome expected) throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("good", "x");
        List<CompletableFuture<PublishOutcome>> before = publish(bridge, rules, 0, OTHERS / 2);
        CompletableFuture<PublishOutcome> culprit =
                bridge.publish(Bridge.publication(rules.get(1), exchange, "y", body));
        List<CompletableFuture<PublishOutcome>> behind = publish(bridge, rules, OTHERS / 2, OTHERS);
        assertThat(culprit.get()).isEqualTo(expected);
        for (CompletableFuture<PublishOutcome> one : before) {
            // The broker has taken it; its confirm may be lost with the channel.
            assertThat(one.get()).isIn(PublishOutcome.CONFIRMED, PublishOutcome.UNKNOWN);
        }
        for (CompletableFuture<PublishOutcome> one : behind) {
            assertThat(one.get()).isEqualTo(PublishOutcome.CONFIRMED);
        }
        assertThat(bridge.broker.state().unconfirmed()).isZero();
        // The channel is replaced at once, and the connection was never touched.
        long start = System.nanoTime();
        assertThat(bridge.publish(rules.get(0), "good", "x", "after").get()).isEqualTo(PublishOutcome.CONFIRMED);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        assertThat(bridge.recorder.countPrefix("down")).isZero();
        for (int i = 0; i < OTHERS; i++) {
            assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("" + i);
        }
        assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("after");
    }

    /** A channel for each would take a second for each, and what waits longer than two is busy. */
    @Test
    void ofManyBodiesThatAreTooLargeOnlyTheFirstCostsAChannel() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good").publishOnly("y", "good");
        try (Bridge bridge = up(rules)) {
            List<CompletableFuture<PublishOutcome>> good = new ArrayList<>();
            List<CompletableFuture<PublishOutcome>> large = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                large.add(bridge.publish(Bridge.publication(rules.get(1), "good", "y", new byte[TOO_LARGE + i % 2])));
                good.addAll(publish(bridge, rules, i, i + 1));
            }
            assertThat(large).allSatisfy(one -> assertThat(one.get()).isEqualTo(PublishOutcome.REJECTED));
            assertThat(good).allSatisfy(one -> assertThat(one.get()).isEqualTo(PublishOutcome.CONFIRMED));
            assertThat(bridge.publish(Bridge.publication(rules.get(0), "good", "x", new byte[LARGEST]))
                            .get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
        }
    }

    @Test
    void whatTheBrokerRefusesForItsSizeIsAskedAnewOnAnotherConnection() throws Exception {
        Rules rules = Rules.none().publishOnly("x", "good");
        Publication large = Bridge.publication(rules.get(0), "good", "x", new byte[TOO_LARGE]);
        try (Bridge bridge = up(rules)) {
            assertThat(bridge.publish(large).get()).isEqualTo(PublishOutcome.REJECTED);
            node.ctl("eval", "application:set_env(rabbit, max_message_size, 2000000).");
            node.ctl("close_all_user_connections", "writer", "maintenance");
            bridge.recorder.awaitCount("up", 2);
            assertThat(bridge.publish(large).get()).isEqualTo(PublishOutcome.CONFIRMED);
        } finally {
            node.ctl("eval", "application:set_env(rabbit, max_message_size, " + LARGEST + ").");
        }
    }

    private static List<CompletableFuture<PublishOutcome>> publish(Bridge bridge, Rules rules, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(number -> bridge.publish(rules.get(0), "good", "x", "" + number))
                .toList();
    }

    private static Bridge up(Rules rules) {
        AmqpSettings settings = AmqpSettings.of(List.of(node.uri("writer", "w")))
                .with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)))
                .with(AmqpSettings.Limits.DEFAULT);
        return Bridge.up(settings, rules);
    }
}
