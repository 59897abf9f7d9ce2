package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.sluice.bridge.amqp.TestBroker;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node is replaced and everybody comes back at once, each from another place of a long history. {@code -Dstorm.sessions=1000
 * -Dstorm.messages=100000} is the full size.
 */
@Timeout(540)
final class ResumeStormTest {

    private static final Logger LOG = LoggerFactory.getLogger(ResumeStormTest.class);
    private static final TestBroker BROKER = OwnBroker.running();
    private static final int SESSIONS = Integer.getInteger("storm.sessions", 200);
    private static final int MESSAGES = Integer.getInteger("storm.messages", 20_000);
    private static final int TOPICS = Integer.getInteger("storm.topics", 10);
    private static final int READERS = 4;

    private static final String YAML = Streams.yaml(", windowMessages: 1000, catchUpReaders: " + READERS, "storm");

    @Test
    void everybodyRecoversAndTheBrokerReadsForAFewOnly() throws Exception {
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Streams.delete(backEnd, "storm");
            List<String> positions = publish(backEnd);
            try (Node replaced = Node.start(BROKER, YAML)) {
                assertThat(consumers()).as("the tail, and the replies at most").isBetween(1L, 2L);
                long begun = System.nanoTime();
                List<Returning> returning = comeBack(replaced, positions);
                CompletableFuture<Void> all = CompletableFuture.allOf(
                        returning.stream().map(one -> one.done).toArray(CompletableFuture[]::new));
                long most = 0;
                while (!isDone(all)) {
                    most = Math.max(most, consumers());
                }
                all.join();
                long took = (System.nanoTime() - begun) / 1_000_000;
                returning.forEach(Returning::abort);

                assertThat(most).as("the tail, the replies, and so many scans").isLessThanOrEqualTo(2L + READERS);
                assertThat(replaced.metric("sluice_recoveries_total{result=\"recovered\",rule=\"storm.#\"}"))
                        .isEqualTo(SESSIONS);
                double scanned = replaced.metric("sluice_history_scanned_total{rule=\"storm.#\"}");
                LOG.info(
                        "{} sessions are back after {} ms; {} consumers at most; {} messages read by scans, of {}",
                        SESSIONS,
                        took,
                        most,
                        (long) scanned,
                        MESSAGES);
                assertThat(scanned).as("messages read by all scans").isLessThan(10.0 * MESSAGES);
            }
            Streams.delete(backEnd, "storm");
        }
    }

    /** Waits between two questions: asking costs the broker's machine more than the storm does. */
    private static boolean isDone(CompletableFuture<Void> all) throws Exception {
        try {
            all.get(3, TimeUnit.SECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
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

    private static List<Returning> comeBack(Node node, List<String> positions) {
        Random random = new Random(7);
        List<Returning> returning = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            int last = random.nextInt(MESSAGES - 2 * TOPICS);
            Returning one = new Returning(i % TOPICS, last, positions.get(last));
            returning.add(one);
            one.dial(node);
        }
        return returning;
    }

    /** Comes back to one topic, and checks that every number behind its position comes, once and in order. */
    private static final class Returning implements WebSocket.Listener {

        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private final StringBuilder partial = new StringBuilder();
        private final int topic;
        private final String position;
        private int next;
        private @Nullable WebSocket socket;

        private Returning(int topic, int last, String position) {
            this.topic = topic;
            this.position = position;
            next = last + 1;
            while (next % TOPICS != topic) {
                next++;
            }
        }

        private void dial(Node node) {
            URI uri = URI.create("ws://127.0.0.1:" + node.address().getPort() + "/ws");
            socket = Node.HTTP.newWebSocketBuilder().buildAsync(uri, this).join();
        }

        private void abort() {
            if (socket != null) {
                socket.abort();
            }
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                try {
                    take(from, partial.toString());
                } catch (RuntimeException | AssertionError e) {
                    done.completeExceptionally(e);
                }
                partial.setLength(0);
            }
            from.request(1);
            return null;
        }

        private void take(WebSocket from, String text) {
            if (text.startsWith("{\"op\":\"welcome\"")) {
                from.sendText(
                        "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"storm.%d\",\"from\":{\"position\":\"%s\"}}"
                                .formatted(topic, position),
                        true);
            } else if (text.startsWith("{\"op\":\"ok\"")) {
                assertThat(text).contains("\"recovered\":true");
            } else {
                String number = text.substring(text.lastIndexOf(':') + 1, text.length() - 1);
                assertThat(number).as(text).isEqualTo(Integer.toString(next));
                next += TOPICS;
                if (next >= MESSAGES) {
                    done.complete(null);
                }
            }
        }
    }
}
