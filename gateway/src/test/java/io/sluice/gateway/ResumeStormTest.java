package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sluice.bridge.amqp.TcpProxy;
import io.sluice.bridge.amqp.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node is replaced and everybody comes back at once, each from another place of a long history. Nobody may miss or get twice a message,
 * the broker has no more consumers than scans may run, and these read each message a few times, however many sessions come. {@code
 * -Dstorm.sessions=1000 -Dstorm.messages=100000} is the full size, of which everybody is to be back within 15 s on two cores; how long it
 * took is printed, and whose CPU it was.
 */
@Tag("alone")
@Timeout(540)
final class ResumeStormTest {

    private static final Logger LOG = LoggerFactory.getLogger(ResumeStormTest.class);
    private static final TestBroker BROKER = OwnBroker.running();
    private static final int SESSIONS = Integer.getInteger("storm.sessions", 200);
    private static final int MESSAGES = Integer.getInteger("storm.messages", 20_000);
    private static final int TOPICS = Integer.getInteger("storm.topics", 10);
    private static final int READERS = 4;
    /** The full size is a measurement, of a machine that does nothing else: only then a time is judged. */
    private static final boolean MEASURED = SESSIONS >= 1000;

    private static final String YAML = Streams.yaml(", windowMessages: 1000, catchUpReaders: " + READERS, "storm");

    @Test
    void everybodyRecoversAndTheBrokerReadsForAFewOnly() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Streams.delete(backEnd, "storm");
            List<String> positions = publish(backEnd);
            EventLoopGroup loops =
                    new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("storm"), NioIoHandler.newFactory());
            try (TcpProxy network = TcpProxy.to(BROKER.uri());
                    Node replaced = Node.start(TestBroker.at(network.uri()), YAML)) {
                long idle = consumers();
                assertThat(idle).as("the tail, and the replies at most").isBetween(1L, 2L);
                network.methods().watchConsumers();
                long begun = System.nanoTime();
                CpuByThread cpu = new CpuByThread("storm");
                List<ReturningSession> returning = comeBack(replaced, loops, positions);
                CompletableFuture<Void> all = CompletableFuture.allOf(
                        returning.stream().map(ReturningSession::done).toArray(CompletableFuture[]::new));
                returning.forEach(one -> one.done().whenComplete((nothing, failure) -> {
                    if (failure != null) {
                        all.completeExceptionally(failure);
                    }
                }));
                all.join();
                long took = (System.nanoTime() - begun) / 1_000_000;
                String spent = cpu.toString();
                assertThat(returning).allMatch(one -> !one.done().isCompletedExceptionally());
                returning.forEach(ReturningSession::abort);

                int most = network.methods().mostConsumers();
                assertThat(most)
                        .as("those when all was quiet, one scan at least, and so many at most")
                        .isBetween((int) idle + 1, (int) idle + READERS);
                assertThat(replaced.metric("sluice_recoveries_total{result=\"recovered\",rule=\"storm.#\"}"))
                        .isEqualTo(SESSIONS);
                double scanned = replaced.metric("sluice_history_scanned_total{rule=\"storm.#\"}");
                LOG.info(
                        "{} sessions are back after {} ms; {} consumers at most; {} messages read by scans, of {}; CPU: {}",
                        SESSIONS,
                        took,
                        most,
                        (long) scanned,
                        MESSAGES,
                        spent);
                assertThat(scanned).as("messages read by all scans").isLessThan(10.0 * MESSAGES);
                if (MEASURED) {
                    assertThat(took).as("milliseconds until everybody was back").isLessThan(15_000);
                }
            } finally {
                loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            }
            Streams.delete(backEnd, "storm");
        }
    }

    /** Of all channels, that of the replies among them: RabbitMQ 3.10 does not list the consumers of streams. */
    private static long consumers() {
        return BROKER.ctl("list_channels", "consumer_count")
                .lines()
                .filter(line -> line.matches("[0-9]+"))
                .mapToLong(Long::parseLong)
                .sum();
    }

    /** The position of each message, as a client is told it. */
    private static List<String> publish(BackEnd backEnd) throws Exception {
        try (Node node = Node.start(BROKER, YAML);
                Client client = node.connect()) {
            Streams.subscribe(client, "storm.#", "\"new\"");
            List<String> positions = new ArrayList<>(MESSAGES);
            for (int i = 0; i < MESSAGES; i++) {
                byte[] body = Integer.toString(i).getBytes(StandardCharsets.US_ASCII);
                backEnd.channel().basicPublish("amq.topic", "storm." + i % TOPICS, new BasicProperties(), body);
                if (i % 1000 == 999) {
                    backEnd.channel().waitForConfirmsOrDie(Client.PATIENCE.toMillis());
                    while (positions.size() <= i) {
                        positions.add(
                                client.expect("message").json().path("position").asString());
                    }
                }
            }
            return positions;
        }
    }

    private static List<ReturningSession> comeBack(Node node, EventLoopGroup loops, List<String> positions) {
        Random random = new Random(7);
        List<ReturningSession> returning = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            int topic = i % TOPICS;
            int last = random.nextInt(MESSAGES - 2 * TOPICS);
            int next = last + 1 + Math.floorMod(topic - last - 1, TOPICS);
            ReturningSession one = new ReturningSession("storm." + topic, positions.get(last), next, TOPICS, MESSAGES);
            returning.add(one);
            one.dial(loops, node.address());
        }
        return returning;
    }
}
