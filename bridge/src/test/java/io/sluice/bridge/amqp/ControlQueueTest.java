package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The queue of a node for {@code amqp.control}, when something happens to it. */
@Timeout(60)
class ControlQueueTest {

    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static TestBroker node;
    private static BackEnd backEnd;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @BeforeAll
    static void startNode() throws Exception {
        node = TestBroker.ofItsOwn();
        backEnd = new BackEnd(node).exchange("control");
    }

    @AfterAll
    static void endNode() throws Exception {
        backEnd.close();
        node.close();
    }

    /** With checks so far apart that none comes meanwhile. */
    @Test
    void deletedBeneathTheNodeItIsBackAtOnceAndLeavesNoChannelBehind() throws Exception {
        try (AmqpBroker broker = started(Duration.ofMinutes(10))) {
            String queue = queue();
            long channels = channels();
            for (int i = 0; i < 2; i++) {
                String deleted = queue;
                node.ctl("delete_queue", deleted);
                await().atMost(PATIENCE).until(() -> queues().size() == 1 && !queues().contains(deleted));
                queue = queue();
                await().atMost(PATIENCE).until(() -> consumers() == 1);
                backEnd.publish("control", "any", "after " + i);
                assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("after " + i);
                await().atMost(PATIENCE)
                        .untilAsserted(() -> assertThat(channels()).isEqualTo(channels));
            }
            assertThat(broker.state().reason()).isNull();
        }
    }

    private AmqpBroker started(Duration recheck) {
        AmqpSettings settings = AmqpSettings.of(List.of(node.uri())).with(Bridge.QUICK.withRecheck(recheck));
        Rules rules = Rules.none();
        AmqpBroker broker = new AmqpBroker(settings, rules.topicRules());
        broker.control("control", body -> told.add(new String(body, UTF_8)));
        Recorder recorder = new Recorder();
        broker.start(recorder, recorder);
        recorder.awaitEvent("up");
        return broker;
    }

    private static String queue() {
        return queues().get(0);
    }

    private static List<String> queues() {
        return node.ctl("list_queues", "name")
                .lines()
                .filter(name -> name.startsWith("amq.gen"))
                .toList();
    }

    private static long consumers() {
        return node.ctl("list_consumers", "queue_name")
                .lines()
                .filter(name -> name.startsWith("amq.gen"))
                .count();
    }

    private static long channels() {
        return node.ctl("list_channels", "number")
                .lines()
                .filter(line -> line.matches("[0-9]+"))
                .count();
    }
}
