package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.RequestOutcome.NotPublished;
import io.sluice.bridge.RequestOutcome.Replied;
import io.sluice.bridge.RequestOutcome.TimedOut;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static BackEnd backEnd;

    private final Rules rules = Rules.none().publishOnly("rpc.#", "rpc");
    private final AtomicInteger dropped = new AtomicInteger();

    @BeforeAll
    static void connect() throws Exception {
        backEnd = new BackEnd(NODE).exchange("rpc");
    }

    @AfterAll
    static void disconnect() throws Exception {
        backEnd.close();
    }

    @Test
    void aRequestIsAnsweredWithTheBodyAndTypeOfTheReply() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.echo");
        try (Bridge bridge = Bridge.up(settings(10), rules)) {
            CompletableFuture<RequestOutcome> outcome = request(bridge, "rpc.echo", 20_000);
            Delivery request = BackEnd.next(received);
            assertThat(request.getBody()).asString().isEqualTo("?");
            assertThat(request.getProperties().getReplyTo()).isNotBlank();
            assertThat(request.getProperties().getCorrelationId()).matches("[A-Za-z0-9_-]{22}");
            AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                    .correlationId(request.getProperties().getCorrelationId())
                    .contentType("text/plain")
                    .contentEncoding("gzip")
                    .build();
            backEnd.publish("", request.getProperties().getReplyTo(), properties, new byte[] {0, 1, (byte) 0xff});
            Replied replied = (Replied) outcome.get();
            assertThat(replied.body()).containsExactly(0, 1, 0xff);
            assertThat(replied.contentType()).isEqualTo("text/plain");
            assertThat(replied.contentEncoding()).isEqualTo("gzip");
            assertThat(dropped).hasValue(0);
        }
    }

    @Test
    void manyRequestsAreAnsweredInAnyOrderEachWithItsOwnReply() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.many");
        try (Bridge bridge = Bridge.up(settings(200), rules)) {
            CompletableFuture<?>[] outcomes = new CompletableFuture<?>[200];
            for (int i = 0; i < 200; i++) {
                outcomes[i] = request(bridge, "rpc.many", String.valueOf(i), 20_000);
            }
            Set<String> ids = new HashSet<>();
            Delivery[] requests = new Delivery[200];
            for (int i = 0; i < 200; i++) {
                requests[i] = BackEnd.next(received);
                ids.add(requests[i].getProperties().getCorrelationId());
            }
            assertThat(ids).hasSize(200);
            for (int i = 199; i >= 0; i--) {
                reply(requests[i], "re " + new String(requests[i].getBody(), UTF_8));
            }
            for (int i = 0; i < 200; i++) {
                assertThat(((Replied) outcomes[i].get()).body()).asString().isEqualTo("re " + i);
            }
        }
    }

    @Test
    void withoutAReplyInTimeItTimesOutAndALateReplyIsCountedAndDropped() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.late");
        try (Bridge bridge = Bridge.up(settings(1), rules)) {
            long start = System.nanoTime();
            CompletableFuture<RequestOutcome> outcome = request(bridge, "rpc.late", 300);
            assertThat(outcome.get()).isEqualTo(new TimedOut());
            assertThat(System.nanoTime() - start).isBetween(300_000_000L, 5_000_000_000L);
            reply(BackEnd.next(received), "late");
            await().until(() -> dropped.get() == 1);
            // Its place is free again.
            request(bridge, "rpc.late", 20_000);
            Delivery second = BackEnd.next(received);
            reply(second, "1");
            reply(second, "2");
            await().until(() -> dropped.get() == 2);
        }
    }

    @Test
    void aReplyWithAnotherCorrelationIdOrNoneAnswersNobody() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.forged");
        try (Bridge bridge = Bridge.up(settings(10), rules)) {
            CompletableFuture<RequestOutcome> outcome = request(bridge, "rpc.forged", 20_000);
            Delivery request = BackEnd.next(received);
            String queue = request.getProperties().getReplyTo();
            backEnd.publish("", queue, new AMQP.BasicProperties(), new byte[0]);
            AMQP.BasicProperties other =
                    new AMQP.BasicProperties.Builder().correlationId("1").build();
            backEnd.publish("", queue, other, new byte[0]);
            await().until(() -> dropped.get() == 2);
            assertThat(outcome).isNotDone();
            reply(request, "own");
            assertThat(((Replied) outcome.get()).body()).asString().isEqualTo("own");
        }
    }

    @Test
    void whereNobodyListensItIsUnroutableAtOnce() throws Exception {
        try (Bridge bridge = Bridge.up(settings(10), rules)) {
            assertThat(request(bridge, "rpc.nobody", 60_000).get())
                    .isEqualTo(new NotPublished(PublishOutcome.UNROUTABLE));
        }
    }

    @Test
    void overTheRequestsOfANodeItIsBusy() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.window");
        try (Bridge bridge = Bridge.up(settings(2), rules)) {
            CompletableFuture<RequestOutcome> first = request(bridge, "rpc.window", 20_000);
            request(bridge, "rpc.window", 20_000);
            assertThat(request(bridge, "rpc.window", 20_000))
                    .isCompletedWithValue(new NotPublished(PublishOutcome.BUSY));
            reply(BackEnd.next(received), "1");
            assertThat(first.get()).isInstanceOf(Replied.class);
            assertThat(request(bridge, "rpc.window", 100).get()).isEqualTo(new TimedOut());
        }
    }

    @Test
    void aReplyOfTheLimitIsGivenAndOneByteMoreIsTooLarge() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("rpc", "rpc.large");
        AmqpSettings settings = Bridge.settings(NODE)
                .with(AmqpSettings.Limits.DEFAULT.withRequests(10).withDeliveryBytes(4));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            CompletableFuture<RequestOutcome> fits = request(bridge, "rpc.large", 20_000);
            reply(BackEnd.next(received), "1234");
            assertThat(fits.get()).isInstanceOf(Replied.class);
            CompletableFuture<RequestOutcome> large = request(bridge, "rpc.large", 20_000);
            reply(BackEnd.next(received), "12345");
            assertThat(large.get()).isEqualTo(new RequestOutcome.TooLarge());
        }
    }

    @Test
    void whereNoRequestsAreWantedThereIsNoReplyQueueAndNothingIsSent() throws Exception {
        try (Bridge bridge = Bridge.up(Bridge.settings(NODE), rules)) {
            assertThat(request(bridge, "rpc.echo", 1000))
                    .isCompletedWithValue(new NotPublished(PublishOutcome.NOT_SENT));
        }
    }

    private AmqpSettings settings(int requests) {
        return Bridge.settings(NODE)
                .with(AmqpSettings.Limits.DEFAULT.withRequests(requests))
                .with(new BridgeMetrics() {
                    @Override
                    public void replyDropped() {
                        dropped.incrementAndGet();
                    }
                });
    }

    private CompletableFuture<RequestOutcome> request(Bridge bridge, String key, long timeoutMillis) {
        return request(bridge, key, "?", timeoutMillis);
    }

    private CompletableFuture<RequestOutcome> request(Bridge bridge, String key, String body, long timeoutMillis) {
        return bridge.request(Bridge.publication(rules.get(0), "rpc", key, body.getBytes(UTF_8)), timeoutMillis);
    }

    private static void reply(Delivery request, String body) throws Exception {
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                .correlationId(request.getProperties().getCorrelationId())
                .build();
        backEnd.publish("", request.getProperties().getReplyTo(), properties, body.getBytes(UTF_8));
    }
}
