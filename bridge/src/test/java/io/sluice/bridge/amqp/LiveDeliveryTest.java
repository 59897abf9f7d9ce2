package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.topic.Rule;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LiveDeliveryTest {

    private static final TestBroker NODE = TestBroker.shared();

    /** One more than fills batches of acks. */
    private static final int MESSAGES = 3001;

    private static BackEnd backEnd;

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("live").exchange("live.other");
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @Test
    void bytesArriveUnchangedWithTheirTopicAndContentType() throws Exception {
        byte[] body = new byte[256];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) i;
        }
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("prices.eur", "live"))) {
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                    .contentType("application/x-ticks")
                    .contentEncoding("none")
                    .build();
            backEnd.publish("live", "prices.eur", properties, body);
            await().until(() -> bridge.recorder.deliveries.size() == 1);
            Delivery delivery = bridge.recorder.deliveries.get(0);
            assertThat(delivery.body()).isEqualTo(body);
            assertThat(delivery.topic()).isEqualTo("prices.eur");
            assertThat(delivery.contentType()).isEqualTo("application/x-ticks");
            assertThat(delivery.contentEncoding()).isEqualTo("none");
            assertThat(delivery.headers()).isEmpty();
            assertThat(delivery.offset()).isEqualTo(Delivery.NO_OFFSET);
        }
    }

    @Test
    void anEmptyBodyArrives() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("prices.eur", "live"))) {
            backEnd.publish("live", "prices.eur", "");
            bridge.recorder.awaitEvent("delivery prices.eur ");
        }
    }

    @Test
    void messagesOfARuleArriveInOrder() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("prices.eur", "live"))) {
            for (int i = 0; i < MESSAGES; i++) {
                backEnd.publish("live", "prices.eur", String.valueOf(i));
            }
            await().until(() -> bridge.recorder.deliveries.size() == MESSAGES);
            List<String> bodies = bridge.recorder.deliveries.stream()
                    .map(delivery -> new String(delivery.body(), UTF_8))
                    .toList();
            assertThat(bodies)
                    .isEqualTo(IntStream.range(0, MESSAGES)
                            .mapToObj(String::valueOf)
                            .toList());
            // All are acked, the last one, which fills no batch, after a second; and so is one that comes later.
            awaitAllAcked();
            backEnd.publish("live", "prices.eur", "late");
            bridge.recorder.awaitEvent("delivery prices.eur late");
            awaitAllAcked();
        }
    }

    private static void awaitAllAcked() {
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(NODE.ctl("list_queues", "messages_unacknowledged")
                                .lines())
                        .contains("0")
                        .allMatch(line -> line.equals("0") || line.equals("messages_unacknowledged")));
    }

    @Test
    void aRuleIsRoutedByItsPatternAsTheBrokerUnderstandsIt() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("a.b", "live"))) {
            backEnd.publish("live", "a.c", "other");
            backEnd.publish("live", "a.b", "mine");
            bridge.recorder.awaitEvent("delivery a.b mine");
            assertThat(bridge.recorder.countPrefix("delivery")).isEqualTo(1);
        }
    }

    @Test
    void thereIsOneQueueAndOneBindingPerSubscribableLiveRuleAndBothGoWithTheBridge() {
        Rules rules = Rules.none()
                .live("one.a", "live")
                .live("one.b", "live")
                .publishOnly("one.c", "live")
                .work("one.d", "one.queue", true);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            assertThat(bridge.broker.available(rules.get(0))).isTrue();
            assertThat(bindings()).containsExactlyInAnyOrder("live\tone.a", "live\tone.b");
            assertThat(NODE.ctl("list_queues", "name").lines().filter(name -> name.startsWith("amq.gen")))
                    .hasSize(2);
            assertThat(NODE.ctl("list_consumers", "prefetch_count").lines()).contains("500");
        }
        await().until(() -> bindings().isEmpty());
        assertThat(NODE.ctl("list_queues", "name").lines()).noneMatch(name -> name.startsWith("amq.gen"));
    }

    private static List<String> bindings() {
        return NODE.ctl("list_bindings", "source_name", "routing_key")
                .lines()
                .filter(line -> line.startsWith("live\tone"))
                .toList();
    }

    @Test
    void theQueueIsBoundedAndDropsItsOldest() {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("bounded", "live", 77))) {
            assertThat(bridge.broker.state().connected()).isTrue();
            assertThat(NODE.ctl("list_queues", "arguments", "exclusive", "auto_delete"))
                    .contains("{\"x-max-length\",77}", "{\"x-overflow\",\"drop-head\"}", "true\ttrue");
        }
    }

    @Test
    void aTopicThatAnEarlierRuleCoversIsNotDelivered() throws Exception {
        Rules rules = Rules.none().live("owned", "live").live("owned", "live.other");
        Counts counts = new Counts();
        try (Bridge bridge = Bridge.up(Bridge.settings(NODE).with(counts), rules)) {
            backEnd.publish("live.other", "owned", "theirs");
            await().until(() -> counts.dropped.contains("1 OTHER_RULE"));
            backEnd.publish("live", "owned", "ours");
            bridge.recorder.awaitEvent("delivery owned ours");
            assertThat(bridge.recorder.countPrefix("delivery")).isEqualTo(1);
        }
    }

    @Test
    void aBodyAtTheLimitIsDeliveredAndOneByteMoreIsAGap() throws Exception {
        AmqpSettings settings = Bridge.settings(NODE).with(AmqpSettings.Limits.DEFAULT.withDeliveryBytes(10));
        try (Bridge bridge = Bridge.up(settings, Rules.none().live("large", "live"))) {
            backEnd.publish("live", "large", "0123456789");
            backEnd.publish("live", "large", "0123456789x");
            backEnd.publish("live", "large", "after");
            bridge.recorder.awaitEvent("delivery large after");
            assertThat(bridge.recorder.events)
                    .endsWith("delivery large 0123456789", "too large large large", "delivery large after");
        }
    }

    @Test
    void onlyTheNamedHeadersPassAndOnlySimpleValues() throws Exception {
        String[] named = {"text", "number", "flag", "table", "list", "time", "absent"};
        try (Bridge bridge = Bridge.up(NODE, Rules.none().liveWithHeaders("headers", "live", named))) {
            Map<String, Object> headers = new HashMap<>();
            headers.put("text", "héllo");
            headers.put("number", 42L);
            headers.put("flag", true);
            headers.put("table", Map.of("a", Map.of("b", "c")));
            headers.put("list", List.of(1, 2));
            headers.put("time", Date.from(Instant.EPOCH));
            headers.put("secret", "not named");
            backEnd.publish(
                    "live",
                    "headers",
                    new AMQP.BasicProperties.Builder().headers(headers).build(),
                    new byte[] {1});
            await().until(() -> !bridge.recorder.deliveries.isEmpty());
            assertThat(bridge.recorder.deliveries.get(0).headers())
                    .isEqualTo(Map.of("text", "héllo", "number", 42L, "flag", true));
        }
    }

    @Test
    void aMessageWithHostileHeadersEndsNoConsumer() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().liveWithHeaders("hostile", "live", "deep", "wide"))) {
            Map<String, Object> deep = Map.of("x", 1);
            for (int i = 0; i < 500; i++) { // the client itself gives up at 32
                deep = Map.of("x", deep);
            }
            Map<String, Object> headers = new HashMap<>(Map.of("deep", deep, "wide", "x".repeat(30_000)));
            for (int i = 0; i < 3000; i++) {
                headers.put("h" + i, i);
            }
            backEnd.publish(
                    "live",
                    "hostile",
                    new AMQP.BasicProperties.Builder().headers(headers).build(),
                    new byte[] {1});
            backEnd.publish("live", "hostile", "after");
            bridge.recorder.awaitEvent("delivery hostile after");
            assertThat(bridge.recorder.countPrefix("down")).isZero();
        }
    }

    @Test
    void aSinkThatFailsEndsNoConsumer() throws Exception {
        Counts counts = new Counts();
        counts.failures = 1;
        try (Bridge bridge =
                Bridge.up(Bridge.settings(NODE).with(counts), Rules.none().live("failing", "live"))) {
            backEnd.publish("live", "failing", "first");
            backEnd.publish("live", "failing", "second");
            bridge.recorder.awaitEvent("delivery failing second");
            assertThat(counts.dropped).containsExactly("0 BROKEN");
        }
    }

    @Test
    void aMessageByCcBelongsToItsPrimaryRoutingKey() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, Rules.none().live("carbon", "live"))) {
            AMQP.BasicProperties copied = new AMQP.BasicProperties.Builder()
                    .headers(Map.of("CC", List.of("carbon")))
                    .build();
            backEnd.publish("live", "elsewhere", copied, "copy".getBytes(UTF_8));
            backEnd.publish("live", "carbon", "original");
            bridge.recorder.awaitEvent("delivery carbon original");
            assertThat(bridge.recorder.countPrefix("delivery")).isEqualTo(1);
        }
    }

    private static final class Counts implements BridgeMetrics {
        final ConcurrentLinkedQueue<String> dropped = new ConcurrentLinkedQueue<>();
        volatile int failures;

        @Override
        public void received(Rule rule) {
            if (failures > 0) {
                failures = 0;
                throw new IllegalStateException("on purpose");
            }
        }

        @Override
        public void dropped(Rule rule, Drop reason) {
            dropped.add(rule.index() + " " + reason);
        }
    }
}
