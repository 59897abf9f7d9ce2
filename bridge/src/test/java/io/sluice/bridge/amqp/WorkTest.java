package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Delivery;
import io.sluice.bridge.amqp.Worker.Job;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work queues, while the broker stands. */
@Timeout(60)
class WorkTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final String QUEUE = "work.jobs";
    private static final String DEAD = "work.dead";

    private final Rules rules = Rules.none().work("jobs", QUEUE, false);
    private BackEnd backEnd;

    @BeforeEach
    void declare() throws Exception {
        backEnd = new BackEnd(NODE);
        declare("classic");
    }

    private void declare(String type) throws Exception {
        backEnd.channel.queueDelete(QUEUE);
        backEnd.channel.queueDelete(DEAD);
        backEnd.channel.queueDeclare(DEAD, true, false, false, null);
        Map<String, Object> arguments =
                Map.of("x-queue-type", type, "x-dead-letter-exchange", "", "x-dead-letter-routing-key", DEAD);
        backEnd.channel.queueDeclare(QUEUE, true, false, false, arguments);
    }

    @AfterEach
    void delete() throws Exception {
        backEnd.channel.queueDelete(QUEUE);
        backEnd.channel.queueDelete(DEAD);
        backEnd.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void eachMessageGoesToOneSubscriptionAndIsGoneOnceItIsAcked(String type) throws Exception {
        declare(type);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker a = new Worker(bridge.broker, rules.get(0), 1);
            Worker b = new Worker(bridge.broker, rules.get(0), 1);
            put("1", "2", "3", "4");
            Set<String> seen = new HashSet<>();
            for (int round = 0; round < 2; round++) {
                for (Worker worker : new Worker[] {a, b}) {
                    Job job = worker.next();
                    assertThat(job.redelivered()).isFalse();
                    assertThat(seen.add(job.body())).isTrue();
                    worker.queue.ack(job.tag());
                }
            }
            a.close();
            b.close();
            awaitReady(0);
            assertThat(a.told).isEmpty();
            assertThat(b.told).isEmpty();
        }
    }

    @Test
    void noMoreThanTheCreditIsOutAndEachSubscriptionHasItsOwn() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker one = new Worker(bridge.broker, rules.get(0), 1);
            Worker three = new Worker(bridge.broker, rules.get(0), 3);
            Worker two = new Worker(bridge.broker, rules.get(0), 2);
            put("1", "2", "3", "4", "5", "6", "7", "8");
            awaitReady(2);
            await().until(() -> one.jobs.size() == 1 && two.jobs.size() == 2 && three.jobs.size() == 3);
            two.queue.ack(two.next().tag());
            two.next();
            assertThat(two.next().redelivered()).isFalse();
            awaitReady(1);
            assertThat(one.jobs).hasSize(1);
            assertThat(three.jobs).hasSize(3);
        }
    }

    @Test
    void aNackedMessageComesAgainAndSaysSo() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            put("1");
            Job first = worker.next();
            worker.queue.nack(first.tag(), true);
            Job again = worker.next();
            assertThat(again.body()).isEqualTo("1");
            assertThat(again.redelivered()).isTrue();
            assertThat(again.tag()).isNotEqualTo(first.tag());
        }
    }

    @Test
    void whatIsNackedForGoodIsTheQueuesToDeadLetter() throws Exception {
        BlockingQueue<Delivery> dead = backEnd.consume(DEAD);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            put("1");
            worker.queue.nack(worker.next().tag(), false);
            assertThat(BackEnd.next(dead).getBody()).asString().isEqualTo("1");
        }
    }

    @Test
    void aTagThatIsNotOutNeverReachesTheBroker() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 2);
            Worker neighbour = new Worker(bridge.broker, rules.get(0), 1);
            put("1", "2");
            await().until(() -> worker.jobs.size() + neighbour.jobs.size() == 2);
            Job job = worker.next();
            worker.queue.ack(99);
            worker.queue.nack(-1, false);
            worker.queue.ack(job.tag());
            worker.queue.ack(job.tag());
            worker.queue.nack(job.tag(), true);
            put("3");
            assertThat(worker.next().redelivered()).isFalse();
            assertThat(worker.told).isEmpty();
            assertThat(bridge.recorder.countPrefix("unavailable")).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void whatIsOutGoesBackWhenItsSubscriptionIsClosed(String type) throws Exception {
        declare(type);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker leaving = new Worker(bridge.broker, rules.get(0), 10);
            put("1", "2", "3");
            for (int i = 0; i < 3; i++) {
                leaving.next();
            }
            Worker staying = new Worker(bridge.broker, rules.get(0), 10);
            leaving.queue.ack(2);
            leaving.close();
            Set<String> returned = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                returned.add(staying.next().body());
            }
            assertThat(returned).containsExactlyInAnyOrder("1", "3");
            put("4");
            assertThat(staying.next().body()).isEqualTo("4");
            assertThat(leaving.jobs).isEmpty();
            assertThat(leaving.told).isEmpty();
        }
    }

    /** A consumer that is cancelled while messages are on their way to it: none may be lost, none left out. */
    @Test
    void subscriptionsThatComeAndGoUnderLoadLoseNothing() throws Exception {
        int messages = 2000;
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            for (int i = 0; i < messages; i++) {
                put(String.valueOf(i));
            }
            Set<String> done = new HashSet<>();
            for (int round = 0; done.size() < messages; round++) {
                Worker worker = new Worker(bridge.broker, rules.get(0), 100);
                for (int i = 0; i < 50 + round && done.size() < messages; i++) {
                    Job job = worker.next();
                    worker.queue.ack(job.tag());
                    assertThat(done.add(job.body())).as(job.body()).isTrue();
                }
                worker.close();
            }
            awaitReady(0);
            assertThat(backEnd.channel.queueDelete(QUEUE).getMessageCount()).isZero();
        }
    }

    @Test
    void aMessageThatIsOutForTooLongGoesBack() throws Exception {
        Rules hasty = Rules.none().work("jobs", QUEUE, Duration.ofMillis(500));
        try (Bridge bridge = Bridge.up(NODE, hasty)) {
            Worker lazy = new Worker(bridge.broker, hasty.get(0), 1);
            put("1");
            Job job = lazy.next();
            long start = System.nanoTime();
            assertThat(lazy.nextTold()).isEqualTo("returned " + job.tag());
            assertThat(System.nanoTime() - start).isBetween(200_000_000L, 5_000_000_000L);
            lazy.queue.ack(job.tag());
            Job again = lazy.next();
            assertThat(again.redelivered()).isTrue();
            lazy.queue.ack(again.tag());
            lazy.close();
            awaitReady(0);
            assertThat(lazy.told).isEmpty();
        }
    }

    @Test
    void aBodyOfTheLimitIsDeliveredAndOneByteMoreIsDeadLettered() throws Exception {
        BlockingQueue<Delivery> dead = backEnd.consume(DEAD);
        AmqpSettings settings = Bridge.settings(NODE).with(AmqpSettings.Limits.DEFAULT.withDeliveryBytes(10));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            put("12345678901", "1234567890");
            assertThat(worker.nextTold()).isEqualTo("too large jobs");
            assertThat(BackEnd.next(dead).getBody()).hasSize(11);
            assertThat(worker.next().body()).isEqualTo("1234567890");
        }
    }

    @Test
    void aMessageThatTheReceiverCannotTakeIsDeadLetteredAndTheNextComes() throws Exception {
        BlockingQueue<Delivery> dead = backEnd.consume(DEAD);
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            put("poison", "2");
            assertThat(BackEnd.next(dead).getBody()).asString().isEqualTo("poison");
            assertThat(worker.next().body()).isEqualTo("2");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"classic", "quorum"})
    void whenTheQueueIsDeletedSubscriptionsEndAndTheRuleIsUnavailableUntilItIsBackOfWhateverType(String type)
            throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker a = new Worker(bridge.broker, rules.get(0), 2);
            Worker b = new Worker(bridge.broker, rules.get(0), 2);
            put("1");
            await().until(() -> a.jobs.size() + b.jobs.size() == 1);
            backEnd.channel.queueDelete(QUEUE);
            assertThat(a.nextTold()).isEqualTo("ended");
            assertThat(b.nextTold()).isEqualTo("ended");
            bridge.recorder.awaitEvent(
                    "unavailable jobs The queue 'work.jobs' does not exist: create it, or set declare: true on the rule.");
            assertThat(bridge.broker.available(rules.get(0))).isFalse();
            declare(type);
            bridge.recorder.awaitCount("available jobs", 2);
            put("2");
            Worker later = new Worker(bridge.broker, rules.get(0), 1);
            assertThat(later.next().body()).isEqualTo("2");
            assertThat(a.jobs.size() + b.jobs.size()).isEqualTo(1);
            assertThat(a.told).isEmpty();
        }
    }

    @Test
    void aSubscriptionThatIsMadeBeforeTheQueueStandsConsumesWhenItDoes() throws Exception {
        backEnd.channel.queueDelete(QUEUE);
        try (Bridge bridge = Bridge.starting(Bridge.settings(NODE), rules)) {
            Worker early = new Worker(bridge.broker, rules.get(0), 1);
            bridge.recorder.awaitPrefix("unavailable jobs");
            declare("classic");
            put("1");
            assertThat(early.next().body()).isEqualTo("1");
        }
    }

    @Test
    void aQueueThatMayNotBeConsumedMakesTheRuleUnavailableAndNotEveryOtherMoment() throws Exception {
        try (BackEnd owner = new BackEnd(NODE);
                Bridge bridge = Bridge.up(NODE, rules)) {
            owner.channel.basicConsume(QUEUE, false, "owner", false, true, null, (tag, delivery) -> {}, tag -> {});
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            bridge.recorder.awaitPrefix("unavailable jobs The queue 'work.jobs' cannot be consumed: ACCESS_REFUSED");
            long available = bridge.recorder.count("available jobs");
            bridge.recorder.awaitCount("available jobs", (int) available);
            owner.channel.basicCancel("owner");
            bridge.recorder.awaitCount("available jobs", (int) available + 1);
            put("1");
            assertThat(worker.next().body()).isEqualTo("1");
        }
    }

    @Test
    void whatWasAckedBeforeTheCloseIsDone() throws Exception {
        for (int i = 0; i < 200; i++) {
            put(String.valueOf(i));
        }
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 200);
            for (int i = 0; i < 200; i++) {
                worker.queue.ack(worker.next().tag());
            }
        }
        assertThat(backEnd.channel.queueDelete(QUEUE).getMessageCount()).isZero();
    }

    @Test
    void whatIsNoWorkRuleOrNoCreditIsTheCallersFault() {
        Rules mixed = Rules.none().live("a", "amq.topic").work("jobs", QUEUE, false);
        try (Bridge bridge = Bridge.up(NODE, mixed)) {
            assertThatThrownBy(() -> new Worker(bridge.broker, mixed.get(0), 1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Worker(bridge.broker, mixed.get(1), 0))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new Worker(bridge.broker, mixed.get(1), 1001))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private void put(String... bodies) throws Exception {
        for (String body : bodies) {
            backEnd.publish(
                    "", QUEUE, new AMQP.BasicProperties(), body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
    }

    /** Until so many messages wait in the queue; those that are out are not counted. */
    private void awaitReady(int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> backEnd.channel.messageCount(QUEUE) == count);
    }
}
