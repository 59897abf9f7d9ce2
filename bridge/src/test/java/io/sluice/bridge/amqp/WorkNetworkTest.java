package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TcpProxy.Direction;
import io.sluice.bridge.amqp.Worker.Job;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Work queues, when an answer of the broker comes too late, and its connection stands. */
@Timeout(90)
class WorkNetworkTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final String QUEUE = "work.network";

    /** Longer than an answer is awaited, and less than two heartbeats. */
    private static final Duration PATIENCE = Duration.ofSeconds(12);

    /** No check comes meanwhile. */
    private static final AmqpSettings.Timing TIMING = AmqpSettings.Timing.DEFAULT.withRecheck(Duration.ofMinutes(10));

    private final Rules rules = Rules.none().work("jobs", QUEUE, false);
    private BackEnd backEnd;
    private TcpProxy network;
    private Bridge bridge;

    @BeforeEach
    void start() throws Exception {
        backEnd = new BackEnd(NODE);
        backEnd.channel.queueDeclare(QUEUE, true, false, false, null);
        network = TcpProxy.to(NODE.uri());
        bridge = Bridge.up(AmqpSettings.of(List.of(network.uri())).with(TIMING), rules);
    }

    @AfterEach
    void stop() throws Exception {
        bridge.close();
        network.close();
        backEnd.channel.queueDelete(QUEUE);
        backEnd.close();
    }

    @Test
    void aSubscriptionWhoseConsumeIsNotAnsweredInTimeGetsItsMessagesAllTheSame() throws Exception {
        Worker first = new Worker(bridge.broker, rules.get(0), 1);
        backEnd.publish("", QUEUE, "1");
        assertThat(first.next().body()).isEqualTo("1");
        network.freeze(Direction.FROM_BROKER);
        Worker second = new Worker(bridge.broker, rules.get(0), 1);
        awaitChannelGivenUp();
        network.thaw();
        assertThat(first.nextTold()).isEqualTo("returned 1");
        backEnd.publish("", QUEUE, "2");
        Job job = first.next();
        assertThat(List.of(job.body(), second.next().body())).containsExactlyInAnyOrder("1", "2");
        assertThat(bridge.recorder.countPrefix("down")).isZero();
    }

    @Test
    void whereACancelIsNotAnsweredInTimeTheOtherSubscriptionsGoOn() throws Exception {
        Worker stays = new Worker(bridge.broker, rules.get(0), 1);
        Worker goes = new Worker(bridge.broker, rules.get(0), 1);
        backEnd.publish("", QUEUE, "1");
        backEnd.publish("", QUEUE, "2");
        stays.next();
        goes.next();
        network.freeze(Direction.FROM_BROKER);
        goes.close();
        awaitChannelGivenUp();
        network.thaw();
        for (int i = 0; i < 2; i++) {
            Job job = stays.next();
            assertThat(job.redelivered()).isTrue();
            stays.queue.ack(job.tag());
        }
        assertThat(goes.jobs).isEmpty();
        assertThat(bridge.recorder.countPrefix("down")).isZero();
    }

    private void awaitChannelGivenUp() {
        long before = network.methods().count("channel.close");
        await().atMost(PATIENCE).until(() -> network.methods().count("channel.close") > before);
    }
}
