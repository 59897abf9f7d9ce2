package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PublishTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static BackEnd backEnd;

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("publish");
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @Test
    void aPublishIsConfirmedAndArrivesWithTheDocumentedPropertiesAndNoOther() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.1", "publish");
        BlockingQueue<Delivery> received = backEnd.bound("publish", "chat.1");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Publication publication = new Publication(
                    new Route(rules.get(0), "publish", "chat.1"),
                    7,
                    new byte[] {0, 1, (byte) 0xff},
                    "application/octet-stream",
                    "key-1",
                    "alice",
                    "session-1",
                    Map.of("traceparent", "00-1", "n", 5L, "d", 0.5, "b", true),
                    1500);
            assertThat(bridge.publish(publication).get()).isEqualTo(PublishOutcome.CONFIRMED);
            Delivery delivery = BackEnd.next(received);
            assertThat(delivery.getBody()).containsExactly(0, 1, 0xff);
            AMQP.BasicProperties properties = delivery.getProperties();
            assertThat(properties.getContentType()).isEqualTo("application/octet-stream");
            assertThat(properties.getMessageId()).isEqualTo("key-1");
            assertThat(properties.getAppId()).isEqualTo("sluice");
            assertThat(properties.getExpiration()).isEqualTo("1500");
            assertThat(properties.getDeliveryMode()).isEqualTo(2);
            assertThat(properties.getTimestamp().toInstant())
                    .isBetween(Instant.now().minusSeconds(10), Instant.now().plusSeconds(2));
            assertThat(properties.getHeaders())
                    .containsOnlyKeys(
                            "traceparent", "n", "d", "b", "x-sluice-user", "x-sluice-session", "x-sluice-publish");
            assertThat(properties.getHeaders().get("x-sluice-user")).hasToString("alice");
            assertThat(properties.getHeaders().get("x-sluice-session")).hasToString("session-1");
            assertThat(properties.getHeaders()).containsEntry("n", 5L).containsEntry("b", true);
            assertThat(properties.getReplyTo()).isNull();
            assertThat(properties.getCorrelationId()).isNull();
            assertThat(properties.getUserId()).isNull();
            assertThat(properties.getPriority()).isNull();
        }
    }

    @Test
    void anAnonymousPublishHasNoUserAndAMessageIdOfItsOwn() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.2", "publish");
        BlockingQueue<Delivery> received = backEnd.bound("publish", "chat.2");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            bridge.publish(rules.get(0), "publish", "chat.2", "a").get();
            bridge.publish(rules.get(0), "publish", "chat.2", "b").get();
            AMQP.BasicProperties first = BackEnd.next(received).getProperties();
            AMQP.BasicProperties second = BackEnd.next(received).getProperties();
            assertThat(first.getHeaders()).doesNotContainKey("x-sluice-user");
            assertThat(first.getExpiration()).isNull();
            assertThat(first.getMessageId()).isNotBlank().isNotEqualTo(second.getMessageId());
        }
    }

    @Test
    void aTimeToLiveBeyondTheBrokersLimitIsTheLimit() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.3", "publish");
        BlockingQueue<Delivery> received = backEnd.bound("publish", "chat.3");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Publication publication = new Publication(
                    new Route(rules.get(0), "publish", "chat.3"),
                    0,
                    new byte[0],
                    "text/plain",
                    null,
                    null,
                    "s",
                    Map.of(),
                    Long.MAX_VALUE);
            assertThat(bridge.publish(publication).get()).isEqualTo(PublishOutcome.CONFIRMED);
            assertThat(BackEnd.next(received).getProperties().getExpiration()).isEqualTo("4294967295");
        }
    }

    @Test
    void aPublishThatNoQueueTakesIsUnroutableAndItsNeighboursAreNot() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.4", "publish");
        backEnd.bound("publish", "chat.4");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            List<CompletableFuture<PublishOutcome>> outcomes = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String key = i % 3 == 0 ? "chat.nobody" : "chat.4";
                outcomes.add(bridge.publish(rules.get(0), "publish", key, "x"));
            }
            for (int i = 0; i < 300; i++) {
                assertThat(outcomes.get(i).get())
                        .isEqualTo(i % 3 == 0 ? PublishOutcome.UNROUTABLE : PublishOutcome.CONFIRMED);
            }
            assertThat(bridge.broker.state().unconfirmed()).isZero();
        }
    }

    @Test
    void aPublishThatAFullQueueRefusesIsRejected() throws Exception {
        String queue = backEnd.refusingQueue("publish.refusing");
        Rules rules = Rules.none().work("work.refusing", queue, false);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.publish(rules.get(0), "", queue, "1").get()).isEqualTo(PublishOutcome.CONFIRMED);
            assertThat(bridge.publish(rules.get(0), "", queue, "2").get()).isEqualTo(PublishOutcome.REJECTED);
        }
    }

    @Test
    void publicationsOfOneLaneKeepTheirOrder() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.5", "publish");
        BlockingQueue<Delivery> received = backEnd.bound("publish", "chat.5");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            CompletableFuture<?>[] outcomes = IntStream.range(0, 3000)
                    .mapToObj(i -> bridge.publish(rules.get(0), "publish", "chat.5", String.valueOf(i)))
                    .toArray(CompletableFuture[]::new);
            CompletableFuture.allOf(outcomes).get();
            for (int i = 0; i < 3000; i++) {
                assertThat(new String(BackEnd.next(received).getBody(), UTF_8)).isEqualTo(String.valueOf(i));
            }
        }
    }

    @Test
    void overTheWindowOfUnconfirmedPublishesItIsBusy() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.6", "publish");
        backEnd.bound("publish", "chat.6");
        AmqpSettings settings = Bridge.settings(NODE).with(AmqpSettings.Limits.DEFAULT.withUnconfirmed(3));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            List<PublishOutcome> outcomes = new ArrayList<>();
            List<CompletableFuture<PublishOutcome>> all = IntStream.range(0, 200)
                    .mapToObj(i -> bridge.publish(rules.get(0), "publish", "chat.6", "x"))
                    .toList();
            for (CompletableFuture<PublishOutcome> one : all) {
                outcomes.add(one.get());
            }
            assertThat(outcomes.subList(0, 3)).containsOnly(PublishOutcome.CONFIRMED);
            assertThat(outcomes).contains(PublishOutcome.BUSY);
            assertThat(bridge.broker.state().unconfirmed()).isZero();
            assertThat(bridge.publish(rules.get(0), "publish", "chat.6", "x").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
        }
    }

    @Test
    void withoutABrokerNothingIsSent() {
        Rules rules = Rules.none().publishOnly("chat.7", "publish");
        AmqpSettings settings = AmqpSettings.of(List.of("amqp://guest:guest@127.0.0.1:1/%2f"));
        try (Bridge bridge = Bridge.starting(settings, rules)) {
            assertThat(bridge.publish(rules.get(0), "publish", "chat.7", "x"))
                    .isCompletedWithValue(PublishOutcome.NOT_SENT);
        }
    }

    @Test
    void toAnExchangeKnownToBeMissingNothingIsSent() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.8", "publish.missing").publishOnly("chat.9", "publish");
        backEnd.bound("publish", "chat.9");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.publish(rules.get(0), "publish.missing", "chat.8", "x")
                            .get())
                    .isEqualTo(PublishOutcome.NOT_SENT);
            assertThat(bridge.publish(rules.get(1), "publish", "chat.9", "x").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
        }
    }

    @Test
    void anExchangeDeletedUnderneathCostsOneLaneItsChannelAndNoMore() throws Exception {
        backEnd.exchange("publish.doomed");
        Rules rules = Rules.none().publishOnly("chat.10", "publish.doomed").publishOnly("chat.11", "publish");
        backEnd.bound("publish", "chat.11");
        AmqpSettings settings = Bridge.settings(NODE).with(Bridge.QUICK.withRecheck(Duration.ofMinutes(1)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            assertThat(bridge.publish(rules.get(1), "publish", "chat.11", "x").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            backEnd.channel.exchangeDelete("publish.doomed");
            assertThat(bridge.publish(rules.get(0), "publish.doomed", "chat.10", "x")
                            .get())
                    .isEqualTo(PublishOutcome.NOT_SENT);
            assertThat(bridge.publish(rules.get(1), "publish", "chat.11", "x").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            bridge.recorder.awaitPrefix("unavailable chat.10 The exchange 'publish.doomed' does not exist");
            assertThat(bridge.publish(rules.get(0), "publish.doomed", "chat.10", "x")
                            .get())
                    .isEqualTo(PublishOutcome.NOT_SENT);
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    @Test
    void whatAmqpCannotCarryIsTheCallersFault() {
        Rules rules = Rules.none().publishOnly("chat.12", "publish");
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThatThrownBy(() -> bridge.publish(rules.get(0), "publish", "é".repeat(128), "x"))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("routing key (expected: at most 255 bytes)");
            Publication nested = new Publication(
                    new Route(rules.get(0), "publish", "chat.12"),
                    0,
                    new byte[0],
                    "text/plain",
                    null,
                    null,
                    "s",
                    Map.of("h", Map.of()),
                    -1);
            assertThatThrownBy(() -> bridge.publish(nested)).isInstanceOf(IllegalArgumentException.class);
            assertThat(bridge.publish(rules.get(0), "publish", "é".repeat(127) + "x", "x")
                            .join())
                    .isEqualTo(PublishOutcome.UNROUTABLE);
        }
    }

    @Test
    void everyOutcomeAndEveryConfirmIsCounted() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.14", "publish");
        backEnd.bound("publish", "chat.14");
        List<PublishOutcome> published = new CopyOnWriteArrayList<>();
        List<Long> confirmed = new CopyOnWriteArrayList<>();
        BridgeMetrics metrics = new BridgeMetrics() {
            @Override
            public void published(Rule rule, PublishOutcome outcome) {
                published.add(outcome);
            }

            @Override
            public void confirmed(long nanos) {
                confirmed.add(nanos);
            }
        };
        try (Bridge bridge = Bridge.up(Bridge.settings(NODE).with(metrics), rules)) {
            bridge.publish(rules.get(0), "publish", "chat.14", "x").get();
            bridge.publish(rules.get(0), "publish", "chat.nobody", "x").get();
            bridge.close();
            bridge.publish(rules.get(0), "publish", "chat.14", "x").get();
        }
        assertThat(published)
                .containsExactly(PublishOutcome.CONFIRMED, PublishOutcome.UNROUTABLE, PublishOutcome.NOT_SENT);
        assertThat(confirmed).hasSize(2).allMatch(nanos -> nanos > 0 && nanos < 10_000_000_000L);
    }

    @Test
    void theCloseAwaitsWhatIsUnconfirmed() throws Exception {
        Rules rules = Rules.none().publishOnly("chat.13", "publish");
        backEnd.bound("publish", "chat.13");
        List<CompletableFuture<PublishOutcome>> outcomes;
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            outcomes = IntStream.range(0, 2000)
                    .mapToObj(i -> bridge.publish(rules.get(0), "publish", "chat.13", "x"))
                    .toList();
            bridge.broker.close();
            assertThat(outcomes)
                    .allMatch(outcome -> PublishOutcome.CONFIRMED.equals(outcome.getNow(PublishOutcome.BUSY)));
            assertThat(bridge.publish(rules.get(0), "publish", "chat.13", "x"))
                    .isCompletedWithValue(PublishOutcome.NOT_SENT);
        }
    }
}
