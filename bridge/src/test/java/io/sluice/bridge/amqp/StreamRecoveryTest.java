package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History.After;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.Position;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.topic.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A resumable rule while its broker, its connection, its stream and its exchange come and go. On a node of its own. */
@Timeout(180)
class StreamRecoveryTest {

    private static TestBroker node;

    @BeforeAll
    static void startNode() {
        node = TestBroker.ofItsOwn();
    }

    @AfterAll
    static void endNode() {
        node.close();
    }

    @BeforeEach
    void onlyAnExchange() throws Exception {
        try (BackEnd backEnd = new BackEnd(node).exchange("market")) {
            backEnd.channel.queueDelete("history");
        }
    }

    @Test
    void afterARestartItReadsOnWithoutAWord() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules)) {
            publish(0, 100);
            bridge.recorder.awaitEvent("delivery a.1 99");
            Place before = bridge.broker.history(rules.get(0)).newest();
            node.stop();
            await().until(() -> !bridge.broker.available(rules.get(0)));
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.history().newest()).isEqualTo(before);
            // What is in memory can be read all the while.
            assertThat(history.read(before.log(), before.next())).isEqualTo(new Read.Batch(List.of(), before.next()));
            node.start();
            bridge.recorder.awaitCount("up", 2);
            await().until(() -> bridge.broker.available(rules.get(0)));
            publish(100, 200);
            bridge.recorder.awaitEvent("delivery a.3 199");
            assertDelivered(bridge, IntStream.range(0, 200).boxed().toList());
            assertThat(bridge.recorder.count("available a.#")).isEqualTo(2);
            assertThat(history.bodiesAfter(history.place(new First()))).hasSize(200);
        }
    }

    @Test
    void eachConfirmedNumberIsDeliveredOnceAndInOrderWhileTheBrokerIsKilledThreeTimes() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules);
                Ledger ledger = new Ledger()) {
            for (int kill = 0; kill < 3; kill++) {
                ledger.awaitMore(2_000);
                node.kill();
                node.start();
                bridge.recorder.awaitCount("up", 2 + kill);
            }
            ledger.awaitMore(2_000);
            List<Integer> confirmed = ledger.end();
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> numbers(bridge).contains(confirmed.get(confirmed.size() - 1)));
            List<Integer> delivered = numbers(bridge);
            List<Integer> lost = new ArrayList<>(confirmed);
            lost.removeAll(new HashSet<>(delivered));
            assertThat(lost).isEmpty();
            for (int i = 1; i < delivered.size(); i++) {
                assertThat(delivered.get(i)).isGreaterThan(delivered.get(i - 1));
            }
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    @Test
    void aConnectionThatIsCutUnderTrafficLosesNothing() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules);
                Ledger ledger = new Ledger()) {
            for (int cut = 0; cut < 3; cut++) {
                ledger.awaitMore(1_000);
                closeConnections("consume");
                bridge.recorder.awaitCount("available a.#", 2 + cut);
            }
            ledger.awaitMore(1_000);
            List<Integer> confirmed = ledger.end();
            await().atMost(Duration.ofSeconds(60)).until(() -> numbers(bridge).size() >= confirmed.size());
            assertDelivered(bridge, confirmed);
        }
    }

    @Test
    void aBrokerThatIsKilledUnderAScanOnlyInterruptsIt() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 10));
        try (Bridge bridge = Bridge.up(node, rules)) {
            publish(0, 20_000);
            await().until(() -> bridge.recorder.deliveries.size() == 20_000);
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            List<String> read = new ArrayList<>();
            Place start = history.place(new First());
            long next = start.next();
            boolean killed = false;
            while (read.size() < 20_000) {
                Read answer = history.read(start.log(), next);
                if (answer instanceof Read.Batch batch) {
                    long asked = next;
                    batch.entries().stream()
                            .filter(entry -> entry.offset() >= asked)
                            .forEach(entry -> read.add(Asked.body(entry)));
                    next = batch.end();
                } else {
                    assertThat(answer).isEqualTo(new Read.Unavailable());
                    bridge.recorder.awaitCount("available a.#", 2);
                }
                if (!killed && read.size() > 2_000) {
                    killed = true;
                    node.kill();
                    node.start();
                }
            }
            assertThat(read)
                    .isEqualTo(
                            IntStream.range(0, 20_000).mapToObj(String::valueOf).toList());
            assertThat(bridge.recorder.countPrefix("gap")).isZero();
        }
    }

    @Test
    void aTailThatIsOverrunByRetentionSaysSoOnceAndBeginsANewLog() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history", 100, 400_000, 50_000));
        CountDownLatch release = new CountDownLatch(1);
        Recorder recorder = new Recorder();
        AmqpBroker broker = new AmqpBroker(Bridge.settings(node), rules.topicRules());
        try {
            broker.start(recorder, new HeldUp(recorder, release));
            recorder.awaitEvent("up");
            publish(0, 20_000);
            release.countDown();
            recorder.awaitEvent("gap a.# HISTORY -1");
            publish(20_000, 20_100);
            recorder.awaitEvent("delivery a." + 20_099 % 7 + " 20099");
            assertThat(recorder.countPrefix("gap")).isEqualTo(1);
            int gap = recorder.events.indexOf("gap a.# HISTORY -1");
            assertThat(recorder.events.subList(gap + 1, recorder.events.size()))
                    .isEqualTo(IntStream.range(20_000, 20_100)
                            .mapToObj(i -> "delivery a." + i % 7 + " " + i)
                            .toList());
            Asked history = new Asked(broker.history(rules.get(0)));
            Position before = Asked.position(recorder.deliveries.get(0));
            assertThat(history.locate(new After(before))).isEqualTo(new Located.Unproven());
        } finally {
            broker.close();
        }
    }

    /** Breaks the rule that a sink never blocks. */
    private record HeldUp(Recorder recorder, CountDownLatch release) implements DeliverySink {
        @Override
        public void deliver(Delivery delivery) {
            try {
                release.await();
            } catch (InterruptedException closing) {
                Thread.currentThread().interrupt();
            }
            recorder.deliver(delivery);
        }

        @Override
        public void gap(Rule rule, Hole hole, long missed) {
            recorder.gap(rule, hole, missed);
        }

        @Override
        public void tooLarge(Rule rule, String topic) {
            recorder.tooLarge(rule, topic);
        }
    }

    @Test
    void aStreamThatIsDeletedIsMadeAnewAndTheGapIsToldOnce() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules)) {
            publish(0, 100);
            bridge.recorder.awaitEvent("delivery a.1 99");
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            Place before = history.history().newest();
            try (BackEnd backEnd = new BackEnd(node)) {
                backEnd.channel.queueDelete("history");
            }
            bridge.recorder.awaitEvent("gap a.# HISTORY -1");
            publish(100, 300);
            bridge.recorder.awaitEvent("delivery a.5 299");
            assertDelivered(bridge, IntStream.range(0, 300).boxed().toList(), 1);
            List<String> events = bridge.recorder.events;
            assertThat(events.indexOf("gap a.# HISTORY -1")).isLessThan(events.indexOf("delivery a.2 100"));
            assertThat(history.history().newest().log()).isGreaterThan(before.log());
            assertThat(history.locate(new After(before.position()))).isEqualTo(new Located.Unproven());
            assertThat(history.read(before.log(), before.next()))
                    .isEqualTo(new Read.Lost(history.history().newest()));
        }
    }

    @Test
    void anExchangeThatIsDeletedAndMadeAnewIsBoundAgainAndNothingIsTold() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules);
                BackEnd backEnd = new BackEnd(node)) {
            publish(0, 10);
            backEnd.channel.exchangeDelete("market");
            bridge.recorder.awaitPrefix("unavailable a.# The exchange 'market' does not exist");
            backEnd.exchange("market");
            bridge.recorder.awaitCount("available a.#", 2);
            publish(10, 20);
            bridge.recorder.awaitEvent("delivery a.5 19");
            assertDelivered(bridge, IntStream.range(0, 20).boxed().toList());
        }
    }

    @Test
    void aStreamThatSomebodyReplacedMeanwhileIsAnotherLogEvenWithTheVerySameMessages() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        for (int messages : new int[] {300, 3}) {
            try (Bridge earlier = Bridge.up(node, rules)) {
                publish(0, 100);
                earlier.recorder.awaitEvent("delivery a.1 99");
            }
            try (Bridge bridge = Bridge.up(node, rules);
                    BackEnd backEnd = new BackEnd(node).exchange("elsewhere")) {
                publish(100, 200);
                bridge.recorder.awaitEvent("delivery a.3 199");
                Position before = Asked.position(bridge.recorder.deliveries.get(50));
                backEnd.channel.exchangeDelete("market");
                bridge.recorder.awaitPrefix("unavailable a.# The exchange 'market' does not exist");
                backEnd.channel.queueDelete("history");
                backEnd.channel.queueDeclare("history", true, false, false, Map.of("x-queue-type", "stream"));
                backEnd.channel.queueBind("history", "elsewhere", "#");
                backEnd.channel.confirmSelect();
                // A marker of nobody's stands where the node's own stood, then what it had read.
                backEnd.publish("", "history", MarkerBits.random().properties(), new byte[0]);
                for (int i = 0; i < messages; i++) {
                    backEnd.publish("elsewhere", "a." + i % 7, String.valueOf(i));
                }
                backEnd.channel.waitForConfirmsOrDie(10_000);
                backEnd.exchange("market");
                bridge.recorder.awaitEvent("gap a.# HISTORY -1");
                publish(1000, 1010);
                bridge.recorder.awaitEvent("delivery a.1 1009");
                List<Integer> expected = IntStream.concat(IntStream.range(100, 200), IntStream.range(1000, 1010))
                        .boxed()
                        .toList();
                assertDelivered(bridge, expected, 1);
                Asked history = new Asked(bridge.broker.history(rules.get(0)));
                assertThat(history.locate(new After(before))).isEqualTo(new Located.Unproven());
                backEnd.channel.queueDelete("history");
            }
        }
    }

    @Test
    void whereMarkersMayNotBeWrittenItIsSaid() {
        node.ctl("add_user", "mute", "m");
        node.ctl("set_permissions", "mute", ".*", "^(history|market)$", ".*");
        AmqpSettings settings = AmqpSettings.of(List.of(node.uri("mute", "m"))).with(Bridge.QUICK);
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.starting(settings, rules)) {
            bridge.recorder.awaitPrefix("unavailable a.# The broker refuses the markers of stream 'history': grant");
            node.ctl("set_permissions", "mute", ".*", ".*", ".*");
            bridge.recorder.awaitEvent("up");
        }
        node.ctl("delete_user", "mute");
    }

    @Test
    void duringAnAlarmNoHistoryBeginsButOneThatStandsGoesOn() throws Exception {
        Rules rules = Rules.none().resumable("a.#", Rules.stream("market", "history"));
        try (Bridge bridge = Bridge.up(node, rules);
                BackEnd backEnd = new BackEnd(node)) {
            publish(0, 10);
            bridge.recorder.awaitEvent("delivery a.2 9");
            node.ctl("set_vm_memory_high_watermark", "0.00001");
            try {
                // The broker says so to a connection that publishes, not before.
                CompletableFuture<PublishOutcome> stuck = bridge.publish(rules.get(0), "market", "nobody", "x");
                bridge.recorder.awaitEvent("blocked true");
                closeConnections("consume");
                bridge.recorder.awaitCount("available a.#", 2);
                assertThat(stuck).isNotDone();
                backEnd.channel.queueDelete("history");
                bridge.recorder.awaitPrefix("unavailable a.# The broker accepts no publishes");
                assertThat(bridge.broker.available(rules.get(0))).isFalse();
                assertThat(bridge.recorder.countPrefix("gap")).isZero();
                Asked history = new Asked(bridge.broker.history(rules.get(0)));
                assertThat(history.locate(new First())).isEqualTo(new Located.Unavailable());
                assertThat(history.read(1, 0)).isEqualTo(new Read.Unavailable());
            } finally {
                node.ctl("set_vm_memory_high_watermark", "0.4");
            }
            bridge.recorder.awaitEvent("gap a.# HISTORY -1");
            publish(10, 20);
            bridge.recorder.awaitEvent("delivery a.5 19");
            assertDelivered(bridge, IntStream.range(0, 20).boxed().toList(), 1);
        }
    }

    private static void assertDelivered(Bridge bridge, List<Integer> expected) {
        assertDelivered(bridge, expected, 0);
    }

    private static void assertDelivered(Bridge bridge, List<Integer> expected, int gaps) {
        assertThat(numbers(bridge)).isEqualTo(expected);
        assertThat(bridge.recorder.countPrefix("gap")).isEqualTo(gaps);
    }

    private static List<Integer> numbers(Bridge bridge) {
        return bridge.recorder.deliveries.stream()
                .map(one -> Integer.valueOf(Asked.body(one)))
                .toList();
    }

    private static void publish(int from, int to) throws Exception {
        try (BackEnd backEnd = new BackEnd(node)) {
            backEnd.channel.confirmSelect();
            for (int i = from; i < to; i++) {
                backEnd.publish("market", "a." + i % 7, String.valueOf(i));
            }
            backEnd.channel.waitForConfirmsOrDie(10_000);
        }
    }

    private static void closeConnections(String purpose) {
        node.ctl("list_connections", "pid", "client_properties")
                .lines()
                .filter(line -> line.contains("sluice " + purpose))
                .map(line -> line.substring(0, line.indexOf('\t')))
                .forEach(pid -> node.ctl("close_connection", pid, "maintenance"));
    }

    /**
     * Publishes numbers, one after the other, and remembers those that the broker has put into the stream. Soon after a restart it
     * confirms what it could put nowhere, and only says so to those who publish with mandatory. No number is sent again.
     */
    private static final class Ledger implements AutoCloseable {
        private static final int AT_ONCE = 20;

        private final List<Integer> entered = new ArrayList<>();
        private final Set<Integer> returned = ConcurrentHashMap.newKeySet();
        private final Thread thread = new Thread(this::run, "ledger");
        private volatile boolean ended;
        private int next;

        Ledger() {
            thread.start();
        }

        private void run() {
            while (!ended) {
                try (BackEnd backEnd = new BackEnd(node)) {
                    backEnd.channel.confirmSelect();
                    backEnd.channel.addReturnListener(one -> returned.add(number(one.getBody())));
                    while (!ended) {
                        publishSome(backEnd.channel);
                    }
                } catch (Exception brokerAway) {
                    Thread.onSpinWait();
                }
            }
        }

        private void publishSome(Channel channel) throws Exception {
            int first = next;
            next += AT_ONCE;
            for (int i = first; i < first + AT_ONCE; i++) {
                byte[] body = String.valueOf(i).getBytes(UTF_8);
                channel.basicPublish("market", "a.x", true, new AMQP.BasicProperties(), body);
            }
            channel.waitForConfirmsOrDie(10_000);
            synchronized (entered) {
                IntStream.range(first, first + AT_ONCE)
                        .filter(i -> !returned.contains(i))
                        .forEach(entered::add);
            }
        }

        private static Integer number(byte[] body) {
            return Integer.valueOf(new String(body, UTF_8));
        }

        void awaitMore(int count) {
            int before = count();
            await().atMost(Duration.ofSeconds(60)).until(() -> count() >= before + count);
        }

        private int count() {
            synchronized (entered) {
                return entered.size();
            }
        }

        List<Integer> end() throws InterruptedException {
            ended = true;
            thread.join(20_000);
            return List.copyOf(entered);
        }

        @Override
        public void close() {
            ended = true;
        }
    }
}
