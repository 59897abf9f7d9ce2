package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Delivery;
import io.sluice.bridge.amqp.Worker.Job;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** F14: a message that nobody can do comes again until its quorum queue has had enough of it ({@code x-delivery-limit}). */
@Timeout(60)
class DeliveryLimitTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final String QUEUE = "limit.jobs";
    private static final String DEAD = "limit.dead";
    private static final int AGAIN = 3;

    private final Rules rules = Rules.none().work("jobs", QUEUE, false);
    private BackEnd backEnd;
    private BlockingQueue<Delivery> dead;

    @BeforeEach
    void declare() throws Exception {
        backEnd = new BackEnd(NODE);
        backEnd.channel.queueDeclare(DEAD, true, false, false, null);
        Map<String, Object> arguments = Map.of(
                "x-queue-type",
                "quorum",
                "x-delivery-limit",
                AGAIN,
                "x-dead-letter-exchange",
                "",
                "x-dead-letter-routing-key",
                DEAD);
        backEnd.channel.queueDeclare(QUEUE, true, false, false, arguments);
        dead = backEnd.consume(DEAD);
        backEnd.publish("", QUEUE, "poison for everybody");
    }

    @AfterEach
    void delete() throws Exception {
        backEnd.channel.queueDelete(QUEUE);
        backEnd.channel.queueDelete(DEAD);
        backEnd.close();
    }

    @Test
    void aMessageThatEveryoneNacksIsDeadLetteredByItsQueueAndTheNextComes() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules);
                Worker one = new Worker(bridge.broker, rules.get(0), 1);
                Worker other = new Worker(bridge.broker, rules.get(0), 1)) {
            int delivered = 0;
            while (dead.isEmpty()) {
                for (Worker worker : List.of(one, other)) {
                    Job job = worker.jobs.poll(50, TimeUnit.MILLISECONDS);
                    if (job != null) {
                        assertThat(job.redelivered()).isEqualTo(delivered > 0);
                        delivered++;
                        worker.queue.nack(job.tag(), true);
                    }
                }
            }
            assertThat(delivered).isEqualTo(1 + AGAIN);
            theQueueGaveItUpAndGoesOn(bridge, one, other);
        }
    }

    @Test
    void aMessageThatCostsEverySessionThatHasItIsDeadLetteredByItsQueue() throws Exception {
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            for (int round = 0; round <= AGAIN; round++) {
                try (Worker doomed = new Worker(bridge.broker, rules.get(0), 1)) {
                    assertThat(doomed.next().redelivered()).isEqualTo(round > 0);
                }
            }
            try (Worker next = new Worker(bridge.broker, rules.get(0), 1)) {
                theQueueGaveItUpAndGoesOn(bridge, next);
            }
        }
    }

    @Test
    void aMessageThatIsAlwaysOutForTooLongIsDeadLetteredByItsQueue() throws Exception {
        Rules hasty = Rules.none().work("jobs", QUEUE, Duration.ofMillis(100));
        try (Bridge bridge = Bridge.up(NODE, hasty);
                Worker lazy = new Worker(bridge.broker, hasty.get(0), 1)) {
            for (int round = 0; round <= AGAIN; round++) {
                assertThat(lazy.nextTold()).isEqualTo("returned " + lazy.next().tag());
            }
            theQueueGaveItUpAndGoesOn(bridge, lazy);
        }
    }

    private void theQueueGaveItUpAndGoesOn(Bridge bridge, Worker... workers) throws Exception {
        Delivery givenUp = BackEnd.next(dead);
        assertThat(givenUp.getBody()).asString().isEqualTo("poison for everybody");
        assertThat(givenUp.getProperties().getHeaders().get("x-death"))
                .asString()
                .contains("delivery_limit");
        BlockingQueue<Job> done = new LinkedBlockingQueue<>();
        backEnd.publish("", QUEUE, "next");
        while (done.isEmpty()) {
            for (Worker worker : workers) {
                Job job = worker.jobs.poll(50, TimeUnit.MILLISECONDS);
                if (job != null) {
                    worker.queue.ack(job.tag());
                    done.add(job);
                }
            }
        }
        assertThat(done.remove().body()).isEqualTo("next");
        assertThat(bridge.recorder.countPrefix("unavailable")).isZero();
        assertThat(bridge.recorder.countPrefix("down")).isZero();
    }
}
