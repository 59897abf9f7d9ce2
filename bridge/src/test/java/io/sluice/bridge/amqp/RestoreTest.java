package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.amqp.Worker.Job;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work subscriptions and requests over the loss of connections and queues, on a node of its own. */
@Timeout(90)
class RestoreTest {

    private static final String QUEUE = "work.jobs";

    private static TestBroker node;
    private BackEnd backEnd;

    private final Rules rules = Rules.none().work("jobs", QUEUE, false).publishOnly("rpc.#", "amq.topic");

    @BeforeAll
    static void startNode() {
        node = TestBroker.ofItsOwn();
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    @BeforeEach
    void declare() throws Exception {
        backEnd = new BackEnd(node);
        backEnd.channel.queueDeclare(QUEUE, true, false, false, null);
    }

    @AfterEach
    void delete() throws Exception {
        backEnd.channel.queueDelete(QUEUE);
        backEnd.close();
    }

    @Test
    void whenTheConnectionIsLostWhatWasOutIsReturnedAndComesAgainUnderAnotherTag() throws Exception {
        try (Bridge bridge = up(0)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 2);
            put("1");
            put("2");
            Job first = worker.next();
            Job second = worker.next();
            closeConnections("consume");
            assertThat(told(worker, 2))
                    .containsExactlyInAnyOrder("returned " + first.tag(), "returned " + second.tag());
            Job again = worker.next();
            assertThat(again.redelivered()).isTrue();
            assertThat(again.tag()).isGreaterThan(second.tag());
            worker.queue.ack(first.tag());
            worker.queue.ack(second.tag());
            worker.queue.ack(again.tag());
            worker.queue.ack(worker.next().tag());
            worker.close();
            await().until(() -> backEnd.channel.messageCount(QUEUE) == 0);
            assertThat(worker.jobs).isEmpty();
        }
    }

    /** Messages come before the broker's answer to the consume that brings them. */
    @Test
    void whatIsAckedTheMomentItComesIsAckedForGoodAfterEveryLossOfTheConnection() throws Exception {
        try (Bridge bridge = up(0)) {
            Worker eager = new Worker(bridge.broker, rules.get(0), 100);
            eager.acksAtOnce();
            for (int round = 1; round <= 10; round++) {
                closeConnections("consume");
                for (int i = 0; i < 20; i++) {
                    put(round + "." + i);
                }
                bridge.recorder.awaitCount("available jobs", round + 1);
                await().until(() -> unsettled().equals("0"));
            }
        }
    }

    private static String unsettled() {
        return node.ctl("list_queues", "name", "messages")
                .lines()
                .filter(line -> line.startsWith(QUEUE + "\t"))
                .map(line -> line.substring(line.indexOf('\t') + 1))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aHundredSubscriptionsShareOneChannelAndAllComeBackAfterARestart() throws Exception {
        try (Bridge bridge = up(0)) {
            List<Worker> workers = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                workers.add(new Worker(bridge.broker, rules.get(0), 1));
            }
            await().until(() -> consumers() == 100);
            assertThat(node.ctl("list_channels", "consumer_count").lines().filter("100"::equals))
                    .hasSize(1);
            node.stop();
            await().until(() -> !bridge.broker.available(rules.get(0)));
            node.start();
            bridge.recorder.awaitCount("up", 2);
            backEnd = new BackEnd(node);
            await().until(() -> consumers() == 100);
            for (int i = 0; i < 100; i++) {
                put(String.valueOf(i));
            }
            Set<String> bodies = workers.stream()
                    .map(worker -> {
                        try {
                            return worker.next().body();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                    })
                    .collect(Collectors.toSet());
            assertThat(bodies).hasSize(100);
            workers.subList(0, 60).forEach(Worker::close);
            await().until(() -> consumers() == 40 && backEnd.channel.messageCount(QUEUE) == 60);
        }
    }

    /** The broker would close the channel of all subscriptions over one message that is out for longer than it allows. */
    @Test
    void ackTimeoutComesBeforeTheBrokersConsumerTimeout() throws Exception {
        Rules hasty = Rules.none().work("jobs", QUEUE, Duration.ofSeconds(2));
        consumerTimeout(5000, 1000);
        try (Bridge bridge = Bridge.up(node, hasty)) {
            Worker lazy = new Worker(bridge.broker, hasty.get(0), 1);
            Worker neighbour = new Worker(bridge.broker, hasty.get(0), 1);
            put("1");
            for (int i = 0; i < 4; i++) {
                await().atMost(Duration.ofSeconds(20)).until(() -> lazy.told.size() + neighbour.told.size() > 0);
                Worker had = lazy.told.isEmpty() ? neighbour : lazy;
                assertThat(had.nextTold()).startsWith("returned ");
            }
            assertThat(bridge.recorder.countPrefix("unavailable")).isZero();
            assertThat(bridge.recorder.count("available jobs")).isEqualTo(1);
        } finally {
            consumerTimeout(1_800_000, 60_000);
        }
    }

    /** Of channels that are opened from now on, and how often they look at it. */
    private static void consumerTimeout(int millis, int tickMillis) {
        node.ctl("eval", "application:set_env(rabbit, consumer_timeout, " + millis + ").");
        node.ctl("eval", "application:set_env(rabbit, channel_tick_interval, " + tickMillis + ").");
    }

    @Test
    void requestsThatCannotBeAnsweredAnyMoreAreUnknownAtOnceAndTheNextAreServed() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("amq.topic", "rpc.a");
        try (Bridge bridge = up(10)) {
            CompletableFuture<RequestOutcome> outcome = request(bridge, 60_000);
            Delivery lost = BackEnd.next(received);
            closeConnections("consume");
            assertThat(outcome.get()).isEqualTo(new RequestOutcome.NotPublished(PublishOutcome.UNKNOWN));
            bridge.recorder.awaitCount("up", 2);
            CompletableFuture<RequestOutcome> next = request(bridge, 20_000);
            Delivery request = BackEnd.next(received);
            assertThat(request.getProperties().getReplyTo())
                    .isNotEqualTo(lost.getProperties().getReplyTo());
            reply(request);
            assertThat(next.get()).isInstanceOf(RequestOutcome.Replied.class);
        }
    }

    @Test
    void aRequestOutlivesThePublishingConnection() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("amq.topic", "rpc.a");
        try (Bridge bridge = up(10)) {
            CompletableFuture<RequestOutcome> outcome = request(bridge, 20_000);
            Delivery request = BackEnd.next(received);
            closeConnections("publish");
            bridge.recorder.awaitCount("up", 2);
            reply(request);
            assertThat(outcome.get()).isInstanceOf(RequestOutcome.Replied.class);
        }
    }

    @Test
    void whenTheReplyQueueIsDeletedWhatWaitsIsUnknownAtOnceAndTheNextIsServed() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("amq.topic", "rpc.a");
        try (Bridge bridge = up(10)) {
            CompletableFuture<RequestOutcome> outcome = request(bridge, 60_000);
            String queue = BackEnd.next(received).getProperties().getReplyTo();
            node.ctl(
                    "eval",
                    "rabbit_amqqueue:with(rabbit_misc:r(<<\"/\">>, queue, <<\"" + queue
                            + "\">>), fun(Q) -> rabbit_amqqueue:delete(Q, false, false, <<\"test\">>) end).");
            assertThat(outcome.get()).isEqualTo(new RequestOutcome.NotPublished(PublishOutcome.UNKNOWN));
            await().ignoreExceptions().untilAsserted(() -> {
                CompletableFuture<RequestOutcome> next = request(bridge, 20_000);
                assertThat(next).isNotDone();
                reply(BackEnd.next(received));
                assertThat(next.get()).isInstanceOf(RequestOutcome.Replied.class);
            });
        }
    }

    /** RabbitMQ tells a connection that it is blocked only when it publishes: the reply comes all the same. */
    @Test
    void whileTheBrokerTakesNoPublishesRequestsAreBusyAndRepliesArrive() throws Exception {
        BlockingQueue<Delivery> received = backEnd.bound("amq.topic", "rpc.a");
        try (Bridge bridge = up(10)) {
            CompletableFuture<RequestOutcome> waiting = request(bridge, 30_000);
            Delivery request = BackEnd.next(received);
            reply(request);
            assertThat(waiting.get()).isInstanceOf(RequestOutcome.Replied.class);
            node.ctl("set_vm_memory_high_watermark", "0.00001");
            try {
                CompletableFuture<RequestOutcome> stuck = request(bridge, 1000);
                bridge.recorder.awaitEvent("blocked true");
                assertThat(request(bridge, 1000).get()).isEqualTo(new RequestOutcome.NotPublished(PublishOutcome.BUSY));
                assertThat(stuck.get()).isEqualTo(new RequestOutcome.TimedOut());
            } finally {
                node.ctl("set_vm_memory_high_watermark", "0.4");
            }
            bridge.recorder.awaitEvent("blocked false");
        }
    }

    private static List<String> told(Worker worker, int count) throws InterruptedException {
        List<String> told = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            told.add(worker.nextTold());
        }
        return told;
    }

    private Bridge up(int requests) {
        return Bridge.up(Bridge.settings(node).with(AmqpSettings.Limits.DEFAULT.withRequests(requests)), rules);
    }

    private CompletableFuture<RequestOutcome> request(Bridge bridge, long timeoutMillis) {
        return bridge.request(
                Bridge.publication(rules.get(1), "amq.topic", "rpc.a", "?".getBytes(UTF_8)), timeoutMillis);
    }

    private void reply(Delivery request) throws Exception {
        AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder()
                .correlationId(request.getProperties().getCorrelationId())
                .build();
        backEnd.publish("", request.getProperties().getReplyTo(), properties, "!".getBytes(UTF_8));
    }

    private void put(String body) throws Exception {
        backEnd.publish("", QUEUE, body);
    }

    private int consumers() throws Exception {
        return backEnd.channel.queueDeclarePassive(QUEUE).getConsumerCount();
    }

    private static void closeConnections(String purpose) {
        node.ctl("list_connections", "pid", "client_properties")
                .lines()
                .filter(line -> line.contains("sluice " + purpose))
                .map(line -> line.substring(0, line.indexOf('\t')))
                .forEach(pid -> node.ctl("close_connection", pid, "maintenance"));
    }
}
