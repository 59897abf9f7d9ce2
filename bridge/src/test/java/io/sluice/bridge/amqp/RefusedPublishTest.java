package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.PublishOutcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One publication costs its lane the channel: what becomes of it, and of those that were on their way beside it. */
@Timeout(60)
class RefusedPublishTest {

    private static TestBroker node;
    private static BackEnd backEnd;

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn();
        backEnd = new BackEnd(node).exchange("good");
        node.ctl("add_user", "writer", "w");
        node.ctl("set_permissions", "writer", ".*", "^(good|topics|amq\\..*)$", ".*");
        node.ctl("set_topic_permissions", "writer", "topics", "^allowed\\..*", ".*");
        backEnd.exchange("forbidden").exchange("topics");
    }

    @AfterAll
    static void endNode() throws Exception {
        backEnd.close();
        node.close();
    }

    @Test
    void onlyTheCulpritFailsAndWhatFollowedItIsSentAgainInOrder() throws Exception {
        backEnd.exchange("doomed");
        BlockingQueue<Delivery> received = backEnd.bound("good", "a");
        Rules rules = Rules.none().publishOnly("a", "good").publishOnly("b", "doomed");
        try (Bridge bridge = up("guest", "guest", rules)) {
            assertThat(bridge.publish(rules.get(0), "good", "a", "warm").get()).isEqualTo(PublishOutcome.CONFIRMED);
            BackEnd.next(received);
            backEnd.channel.exchangeDelete("doomed");
            List<CompletableFuture<PublishOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                boolean culprit = i == 200;
                outcomes.add(bridge.publish(
                        rules.get(culprit ? 1 : 0), culprit ? "doomed" : "good", culprit ? "b" : "a", "" + i));
            }
            assertThat(outcomes.get(200).get()).isEqualTo(PublishOutcome.NOT_SENT);
            for (int i = 0; i < 500; i++) {
                if (i < 200) {
                    assertThat(outcomes.get(i).get()).isIn(PublishOutcome.CONFIRMED, PublishOutcome.UNKNOWN);
                } else if (i > 200) {
                    assertThat(outcomes.get(i).get()).as("%s", i).isEqualTo(PublishOutcome.CONFIRMED);
                }
            }
            for (int i = 0; i < 500; i++) {
                if (i != 200) {
                    assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("" + i);
                }
            }
            assertThat(received).isEmpty();
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    /** What rejects may be a channel that looks to a leader which is no more. */
    @Test
    void whereTheBrokerRejectsTheLaneGoesOnOnAnotherChannelAndNoOutcomeIsLostAndNoOrder() throws Exception {
        backEnd.exchange("full");
        backEnd.channel.queueBind(backEnd.refusingQueue("full"), "full", "b");
        BlockingQueue<Delivery> received = backEnd.bound("good", "a");
        Rules rules = Rules.none().publishOnly("a", "good").publishOnly("b", "full");
        try (Bridge bridge = up("guest", "guest", rules)) {
            assertThat(bridge.publish(rules.get(1), "full", "b", "fits").get()).isEqualTo(PublishOutcome.CONFIRMED);
            Set<String> before = publishing();
            int number = 0;
            do {
                List<CompletableFuture<PublishOutcome>> good = new ArrayList<>();
                List<CompletableFuture<PublishOutcome>> rejected = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    good.add(bridge.publish(rules.get(0), "good", "a", "" + number++));
                    rejected.add(bridge.publish(rules.get(1), "full", "b", "too many"));
                }
                assertThat(rejected).allSatisfy(one -> assertThat(one.get()).isEqualTo(PublishOutcome.REJECTED));
                assertThat(good).allSatisfy(one -> assertThat(one.get()).isEqualTo(PublishOutcome.CONFIRMED));
            } while (publishing().containsAll(before));
            for (int i = 0; i < number; i++) {
                assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("" + i);
            }
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    /** The channels in confirm mode: of all lanes. */
    private static Set<String> publishing() {
        return node.ctl("list_channels", "pid", "confirm")
                .lines()
                .filter(line -> line.endsWith("\ttrue"))
                .collect(Collectors.toSet());
    }

    @Test
    void manyToTheSameMissingExchangeAreSettledAndTheirNeighboursGoOn() throws Exception {
        backEnd.exchange("doomed");
        BlockingQueue<Delivery> received = backEnd.bound("good", "a");
        Rules rules = Rules.none().publishOnly("a", "good").publishOnly("b", "doomed");
        try (Bridge bridge = up("guest", "guest", rules)) {
            assertThat(bridge.publish(rules.get(0), "good", "a", "warm").get()).isEqualTo(PublishOutcome.CONFIRMED);
            backEnd.channel.exchangeDelete("doomed");
            List<CompletableFuture<PublishOutcome>> good = new ArrayList<>();
            List<CompletableFuture<PublishOutcome>> bad = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                good.add(bridge.publish(rules.get(0), "good", "a", "" + i));
                bad.add(bridge.publish(rules.get(1), "doomed", "b", "" + i));
            }
            for (CompletableFuture<PublishOutcome> one : bad) {
                assertThat(one.get()).isIn(PublishOutcome.NOT_SENT, PublishOutcome.UNKNOWN);
            }
            for (CompletableFuture<PublishOutcome> one : good) {
                assertThat(one.get()).isIn(PublishOutcome.CONFIRMED, PublishOutcome.UNKNOWN);
            }
            assertThat(bridge.publish(rules.get(0), "good", "a", "last").get()).isEqualTo(PublishOutcome.CONFIRMED);
            assertThat(bridge.broker.state().unconfirmed()).isZero();
            int last = -1;
            for (String body = ""; !body.equals("last"); ) {
                body = new String(BackEnd.next(received).getBody(), UTF_8);
                if (body.matches("[0-9]+")) {
                    assertThat(Integer.parseInt(body)).isGreaterThan(last);
                    last = Integer.parseInt(body);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"forbidden, b", "topics, denied.x"})
    void whatMayNotBeWrittenIsRejectedAndTheOthersAreConfirmed(String exchange, String key) throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("good", "a");
        BlockingQueue<Delivery> allowed = backEnd.bound("topics", "allowed.#");
        Rules rules = Rules.none().publishOnly("a", "good").publishOnly("#", exchange);
        try (Bridge bridge = up("writer", "w", rules)) {
            assertThat(bridge.publish(rules.get(0), "good", "a", "before").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            CompletableFuture<PublishOutcome> culprit = bridge.publish(rules.get(1), exchange, key, "x");
            List<CompletableFuture<PublishOutcome>> behind = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                behind.add(bridge.publish(rules.get(0), "good", "a", "" + i));
            }
            assertThat(culprit.get()).isEqualTo(PublishOutcome.REJECTED);
            for (CompletableFuture<PublishOutcome> one : behind) {
                assertThat(one.get()).isEqualTo(PublishOutcome.CONFIRMED);
            }
            assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("before");
            for (int i = 0; i < 100; i++) {
                assertThat(BackEnd.next(received).getBody()).asString(UTF_8).isEqualTo("" + i);
            }
            if (exchange.equals("topics")) {
                assertThat(bridge.publish(rules.get(1), exchange, "allowed.x", "x")
                                .get())
                        .isEqualTo(PublishOutcome.CONFIRMED);
                assertThat(BackEnd.next(allowed).getBody()).asString(UTF_8).isEqualTo("x");
            }
        }
    }

    @Test
    void aRefusalIsReadFromTheBrokersWords() {
        assertThat(Refusal.of(close(404, "NOT_FOUND - no exchange 'a b' in vhost '/'", 60, 40)))
                .isEqualTo(new Refusal.OfExchange("a b", true));
        assertThat(Refusal.of(close(
                        403, "ACCESS_REFUSED - access to exchange 'x' in vhost '/' refused for user 'u'", 60, 40)))
                .isEqualTo(new Refusal.OfExchange("x", false));
        assertThat(Refusal.of(close(404, "NOT_FOUND - no queue 'q' in vhost '/'", 60, 40)))
                .isNull();
        assertThat(Refusal.of(close(404, "NOT_FOUND - no exchange 'x' in vhost '/'", 50, 20)))
                .isNull();
        assertThat(Refusal.of(close(406, "PRECONDITION_FAILED - no exchange 'x'", 60, 40)))
                .isNull();
        assertThat(Refusal.of(close(
                        406,
                        "PRECONDITION_FAILED - message size 1000001 is larger than configured max size 1000000",
                        60,
                        40)))
                .isEqualTo(new Refusal.OfSize(1_000_001, 1_000_000));
        assertThat(Refusal.of(close(
                        406, "PRECONDITION_FAILED - message size 536870913 is larger than max size 536870912", 60, 40)))
                .isEqualTo(new Refusal.OfSize(536_870_913, 536_870_912));
    }

    private static AMQP.Channel.Close close(int code, String text, int classId, int methodId) {
        return new AMQP.Channel.Close.Builder()
                .replyCode(code)
                .replyText(text)
                .classId(classId)
                .methodId(methodId)
                .build();
    }

    /** All in one lane. */
    private static Bridge up(String user, String password, Rules rules) {
        AmqpSettings settings = AmqpSettings.of(List.of(node.uri(user, password)))
                .with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)));
        return Bridge.up(settings, rules);
    }
}
