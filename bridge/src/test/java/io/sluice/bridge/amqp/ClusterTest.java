package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.amqp.Worker.Job;
import io.sluice.bridge.topic.Rule;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Three nodes, a quorum queue, a stream, and the nodes die one after the other. The bridge knows them all and is connected to the last. */
@Timeout(180)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ClusterTest {

    private static final String QUEUE = "quorum";

    private static TestCluster cluster;

    @BeforeAll
    static void startCluster() throws Exception {
        cluster = TestCluster.of(3);
        try (BackEnd backEnd = new BackEnd(cluster.node(0))) {
            backEnd.exchange("market");
            backEnd.channel.queueDeclare(QUEUE, true, false, false, Map.of("x-queue-type", "quorum"));
            backEnd.channel.queueBind(QUEUE, "market", "p");
        }
    }

    @AfterAll
    static void endCluster() {
        cluster.close();
    }

    @Test
    @Order(1)
    void whenTheLeaderOfAQueueDiesPublishesGoOnAndNothingConfirmedIsLost() throws Exception {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        // The leader stands where the queue was declared: on the first node.
        assertThat(cluster.leaderOf(QUEUE, 2)).isZero();
        AmqpSettings settings = AmqpSettings.of(
                        List.of(cluster.uris().get(2), cluster.uris().get(1)))
                .with(Bridge.QUICK);
        try (Bridge bridge = Bridge.up(settings, rules)) {
            Publishes publishes = new Publishes(bridge, rules.get(1), "p");
            publishes.awaitConfirmed(200);
            cluster.node(0).kill();
            long killed = System.nanoTime();
            int before = publishes.confirmed.size();
            publishes.awaitConfirmed(before + 200);
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(10));
            publishes.end();
            assertThat(publishes.unsettled()).isZero();
            // Neither connection was on the node that died.
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            assertThat(bridge.recorder.countPrefix("down")).isZero();
            assertThat(readBack(cluster.node(2))).containsAll(publishes.confirmed);
        } finally {
            cluster.node(0).start();
        }
    }

    @Test
    @Order(2)
    void whenTheBridgesOwnNodeDiesItGoesToTheNextAndTellsTheGapOnce() throws Exception {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        AmqpSettings settings = AmqpSettings.of(
                        List.of(cluster.uris().get(2), cluster.uris().get(1)))
                .with(Bridge.QUICK.withConfirm(Duration.ofSeconds(3)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            Publishes publishes = new Publishes(bridge, rules.get(1), "p");
            publishes.awaitConfirmed(100);
            cluster.node(2).kill();
            long killed = System.nanoTime();
            bridge.recorder.awaitEvent("gap a BROKER -1");
            bridge.recorder.awaitCount("up", 2);
            int before = publishes.confirmed.size();
            publishes.awaitConfirmed(before + 100);
            assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(10));
            publishes.end();
            assertThat(publishes.unsettled()).isZero();
            assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(1);
            assertThat(readBack(cluster.node(1))).containsAll(publishes.confirmed);
        } finally {
            cluster.node(2).start();
        }
    }

    /** The leader of the stream first, then the node that the bridge is connected to: one has the messages, the other the reader. */
    @Test
    @Order(3)
    void whenTheNodesOfAStreamDieOneAfterTheOtherWhatEnteredItIsDeliveredOnceAndInOrder() throws Exception {
        try (BackEnd backEnd = new BackEnd(cluster.node(0))) {
            backEnd.channel.queueDeclare("past", true, false, false, Map.of("x-queue-type", "stream"));
        }
        Rules rules = Rules.none().resumable("s.#", Rules.stream("market", "past"));
        AmqpSettings settings = AmqpSettings.of(
                        List.of(cluster.uris().get(2), cluster.uris().get(1)))
                .with(Bridge.QUICK.withConfirm(Duration.ofSeconds(3)));
        assertThat(cluster.leaderOf("past", 2)).isZero();
        try (Bridge bridge = Bridge.up(settings, rules)) {
            Publishes publishes = new Publishes(bridge, rules.get(0), "s.a");
            publishes.awaitConfirmed(200);
            for (int dying : new int[] {0, 2}) {
                cluster.node(dying).kill();
                long killed = System.nanoTime();
                try {
                    publishes.awaitConfirmed(publishes.confirmed.size() + 200);
                    assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(10));
                } finally {
                    cluster.node(dying).start();
                }
            }
            publishes.end();
            await().untilAsserted(() -> assertThat(bodies(bridge)).containsAll(publishes.confirmed));
            assertThat(bodies(bridge).stream().map(Publishes::number).toList())
                    .isSorted()
                    .doesNotHaveDuplicates();
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
            assertThat(publishes.unsettled()).isZero();
        }
    }

    private static List<String> bodies(Bridge bridge) {
        return bridge.recorder.deliveries.stream().map(Asked::body).toList();
    }

    @Test
    @Order(4)
    void withoutAMajorityPublishesAreUnknownInTimeAndGoOnWhenThereIsOneAgain() throws Exception {
        Rules rules = Rules.none().live("a", "market").publishOnly("p", "market");
        AmqpSettings settings =
                AmqpSettings.of(List.of(cluster.uris().get(0))).with(Bridge.QUICK.withConfirm(Duration.ofSeconds(3)));
        try (Bridge bridge = Bridge.up(settings, rules)) {
            assertThat(bridge.publish(rules.get(1), "market", "p", "before").get())
                    .isEqualTo(PublishOutcome.CONFIRMED);
            cluster.node(1).kill();
            cluster.node(2).kill();
            try {
                // pause_minority is not set, so the node goes on without its queue.
                assertThat(bridge.publish(rules.get(1), "market", "p", "alone").get(10, TimeUnit.SECONDS))
                        .isEqualTo(PublishOutcome.UNKNOWN);
            } finally {
                List.of(1, 2).parallelStream().forEach(i -> cluster.node(i).start());
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> bridge.publish(rules.get(1), "market", "p", "after")
                            .get()
                            .equals(PublishOutcome.CONFIRMED));
        }
    }

    /** The bridge is connected to the node that dies, and so is the queue's leader: it takes what is out and the consumer with it. */
    @Test
    @Order(5)
    void whenTheNodeOfAWorkQueueDiesWhatWasOutComesAgainAndNoneIsLost() throws Exception {
        List<String> put = jobs("quorum.jobs", "quorum", 2);
        assertThat(cluster.leaderOf("quorum.jobs", 1)).isEqualTo(2);
        Rules rules = Rules.none().work("jobs", "quorum.jobs", false);
        try (Bridge bridge = Bridge.up(onTheLast(), rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 10);
            Set<String> out = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                Job job = worker.next();
                assertThat(job.redelivered()).isFalse();
                out.add(job.body());
            }
            cluster.node(2).kill();
            try {
                Set<String> redelivered = new HashSet<>();
                assertThat(doneBy(worker, put, redelivered)).containsAll(put);
                assertThat(redelivered).containsAll(out);
                awaitEmpty("quorum.jobs", 1);
                assertThat(worker.told).doesNotContain("ended");
            } finally {
                cluster.node(2).start();
            }
        }
    }

    /** The leader alone dies: whoever has messages out keeps them, and may ack them to the next leader. */
    @Test
    @Order(6)
    void whenTheLeaderOfAWorkQueueDiesItsMessagesGoOnAndNoneIsLost() throws Exception {
        List<String> put = jobs("led.jobs", "quorum", 0);
        assertThat(cluster.leaderOf("led.jobs", 1)).isZero();
        Rules rules = Rules.none().work("jobs", "led.jobs", false);
        try (Bridge bridge = Bridge.up(onTheLast(), rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 10);
            List<Job> out = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                out.add(worker.next());
            }
            cluster.node(0).kill();
            try {
                out.forEach(job -> worker.queue.ack(job.tag()));
                Set<String> done = doneBy(worker, put.subList(10, put.size()), new HashSet<>());
                out.forEach(job -> done.add(job.body()));
                assertThat(done).containsAll(put);
                awaitEmpty("led.jobs", 1);
                assertThat(worker.told).doesNotContain("ended");
            } finally {
                cluster.node(0).start();
            }
        }
    }

    /** A classic queue is on one node only: while that is down it is not found, and yet not deleted. */
    @Test
    @Order(7)
    void aClassicWorkQueueWhoseNodeIsDownIsNotTakenForDeletedAndGoesOnWhenItIsBack() throws Exception {
        List<String> put = jobs("classic.jobs", "classic", 0);
        Rules rules = Rules.none().work("jobs", "classic.jobs", false);
        try (Bridge bridge = Bridge.up(onTheLast(), rules)) {
            Worker worker = new Worker(bridge.broker, rules.get(0), 1);
            worker.next();
            bridge.recorder.awaitEvent("available jobs");
            cluster.node(0).kill();
            bridge.recorder.awaitPrefix("unavailable jobs");
            cluster.node(0).start();
            assertThat(doneBy(worker, put, new HashSet<>())).containsAll(put);
            awaitEmpty("classic.jobs", 0);
            assertThat(worker.told).doesNotContain("ended");
        }
    }

    private static AmqpSettings onTheLast() {
        return AmqpSettings.of(List.of(cluster.uris().get(2), cluster.uris().get(1)))
                .with(Bridge.QUICK);
    }

    /** A hundred in a new queue, declared on that node, each confirmed. */
    private static List<String> jobs(String queue, String type, int node) throws Exception {
        List<String> bodies = IntStream.range(0, 100).mapToObj(i -> "job " + i).toList();
        try (BackEnd backEnd = new BackEnd(cluster.node(node))) {
            backEnd.channel.queueDeclare(queue, true, false, false, Map.of("x-queue-type", type));
            backEnd.channel.confirmSelect();
            for (String body : bodies) {
                backEnd.publish("", queue, MessageProperties.PERSISTENT_BASIC, body.getBytes(StandardCharsets.UTF_8));
            }
            backEnd.channel.waitForConfirmsOrDie(10_000);
        }
        return bodies;
    }

    /** Acks each until all of {@code wanted} have come; gives what came, and adds what came marked as redelivered. */
    private static Set<String> doneBy(Worker worker, List<String> wanted, Set<String> redelivered)
            throws InterruptedException {
        Set<String> done = new HashSet<>();
        while (!done.containsAll(wanted)) {
            Job job = worker.next();
            done.add(job.body());
            if (job.redelivered()) {
                redelivered.add(job.body());
            }
            worker.queue.ack(job.tag());
        }
        return done;
    }

    /** Nothing of it is ready, and nothing out. */
    private static void awaitEmpty(String queue, int asked) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> cluster.node(asked)
                        .ctl("list_queues", "name", "messages")
                        .lines()
                        .anyMatch((queue + "\t0")::equals));
    }

    private static Set<String> readBack(TestBroker node) throws Exception {
        Set<String> bodies = new HashSet<>();
        try (BackEnd backEnd = new BackEnd(node)) {
            for (GetResponse next = backEnd.channel.basicGet(QUEUE, true);
                    next != null;
                    next = backEnd.channel.basicGet(QUEUE, true)) {
                bodies.add(new String(next.getBody(), StandardCharsets.UTF_8));
            }
        }
        return bodies;
    }

    /** Publishes number after number, each as soon as the one before is settled, on a thread of its own. */
    private static final class Publishes {
        final List<String> confirmed = java.util.Collections.synchronizedList(new ArrayList<>());
        /** How often each was had. */
        private final Map<PublishOutcome, Integer> outcomes = new ConcurrentHashMap<>();

        private final Bridge bridge;
        private final Rule rule;
        private final String topic;
        private final Thread thread = new Thread(this::run, "test-publishes");
        private volatile boolean ended;

        Publishes(Bridge bridge, Rule rule, String topic) {
            this.bridge = bridge;
            this.rule = rule;
            this.topic = topic;
            thread.setDaemon(true);
            thread.start();
        }

        private void run() {
            for (int number = 0; !ended; number++) {
                String body = System.nanoTime() + " " + number;
                PublishOutcome outcome =
                        bridge.publish(rule, "market", topic, body).join();
                outcomes.merge(outcome, 1, Integer::sum);
                if (outcome.equals(PublishOutcome.CONFIRMED)) {
                    confirmed.add(body);
                }
            }
        }

        static int number(String body) {
            return Integer.parseInt(body.substring(body.indexOf(' ') + 1));
        }

        void awaitConfirmed(int count) {
            await().atMost(Duration.ofSeconds(40))
                    .untilAsserted(() -> assertThat(confirmed)
                            .as("outcomes %s, unsettled %d", outcomes, unsettled())
                            .hasSizeGreaterThanOrEqualTo(count));
        }

        void end() throws InterruptedException {
            ended = true;
            thread.join(35_000);
        }

        int unsettled() {
            return bridge.broker.state().unconfirmed();
        }
    }
}
