package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History;
import io.sluice.bridge.History.After;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many read a history at once, from places that the window no longer holds. */
@Timeout(180)
class SharedScanTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final int MESSAGES = 100_000;
    private static final Rules RULES = Rules.none().resumable("s.#", Rules.stream("scan", "scan.history", 1_000));
    private static final ExecutorService OTHER = Executors.newFixedThreadPool(2);
    private static final AtomicLong SCANS = new AtomicLong();
    private static final AtomicLong SCANNED = new AtomicLong();

    private static final TcpProxy NETWORK = TcpProxy.to(NODE.uri());

    private static @Nullable BackEnd backEnd;
    private static @Nullable AmqpBroker broker;
    private static final List<Position> TOLD = new AppendOnly<>();
    private static final long[] OFFSETS = new long[MESSAGES];

    @BeforeAll
    static void publish() throws Exception {
        BackEnd publisher = new BackEnd(NODE).exchange("scan");
        backEnd = publisher;
        publisher.channel.queueDelete("scan.history");
        AmqpBroker opened =
                new AmqpBroker(Bridge.settings(TestBroker.at(NETWORK.uri())).with(new Counting()), RULES.topicRules());
        broker = opened;
        Recorder recorder = new Recorder();
        opened.start(recorder, new Positions());
        recorder.awaitEvent("up");
        publisher.channel.confirmSelect();
        for (int i = 0; i < MESSAGES; i++) {
            publisher.publish("scan", "s.x", new AMQP.BasicProperties(), body(i));
            if (i % 1000 == 999) {
                publisher.channel.waitForConfirmsOrDie(30_000);
            }
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> TOLD.size() == MESSAGES);
        Arrays.setAll(OFFSETS, i -> TOLD.get(i).offset());
    }

    @AfterAll
    static void end() throws Exception {
        OTHER.shutdownNow();
        broker().close();
        NETWORK.close();
        backEnd().channel.queueDelete("scan.history");
        backEnd().close();
    }

    @Test
    void aThousandReadersFromEverywhereShareAFewScans() throws Exception {
        NETWORK.methods().watchConsumers();
        long before = SCANNED.get();
        long scansBefore = SCANS.get();
        CountDownLatch left = new CountDownLatch(1000);
        List<Reader> readers = IntStream.range(0, 1000)
                .mapToObj(i -> new Reader(i * (MESSAGES / 1000), left))
                .toList();
        readers.forEach(Reader::start);
        assertThat(left.await(120, TimeUnit.SECONDS)).isTrue();
        assertThat(readers).allMatch(reader -> reader.complete());
        // One of them is the tail's.
        assertThat(NETWORK.methods().mostConsumers()).isBetween(2, 5);
        assertThat(SCANNED.get() - before).isLessThan(4L * MESSAGES);
        assertThat(SCANS.get() - scansBefore).isLessThan(50);
        await().until(() -> consumers() == 1);
    }

    @Test
    void fromTheWindowNobodyTouchesTheBroker() {
        long scans = SCANS.get();
        await().until(() -> consumers() == 1);
        Asked history = new Asked(broker().history(RULES.get(0)));
        for (int i = MESSAGES - 900; i < MESSAGES; i += 30) {
            List<History.Entry> rest = history.entriesAfter(history.place(new After(TOLD.get(i))));
            assertThat(rest).hasSize(MESSAGES - 1 - i);
        }
        assertThat(consumers()).isEqualTo(1);
        assertThat(SCANS.get()).isEqualTo(scans);
    }

    @Test
    void forgedPositionsDoNotKeepAnHonestReaderOut() throws Exception {
        History history = broker().history(RULES.get(0));
        List<CompletableFuture<History.Located>> forged = new ArrayList<>();
        Marker real = TOLD.get(MESSAGES - 1).marker();
        for (int i = 0; i < 2_000; i++) {
            CompletableFuture<History.Located> answer = new CompletableFuture<>();
            Position position = new Position(new Marker(real.stream(), i * 10L, 1, i), i * 10L);
            history.locate(new After(position), topic -> true, answer::complete);
            forged.add(answer);
        }
        CountDownLatch left = new CountDownLatch(1);
        Reader honest = new Reader(10, left);
        honest.start();
        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(honest.complete()).isTrue();
        for (CompletableFuture<History.Located> one : forged) {
            assertThat(one.get(30, TimeUnit.SECONDS)).isNotInstanceOf(History.Located.At.class);
        }
    }

    @Test
    void aWishThatIsGivenUpIsNotAnswered() throws Exception {
        History history = broker().history(RULES.get(0));
        List<Read> answers = new AppendOnly<>();
        List<History.Wish> wishes = IntStream.range(0, 100)
                .mapToObj(i -> history.read(history.newest().log(), 10 + i * 500L, answers::add))
                .toList();
        wishes.forEach(History.Wish::cancel);
        int answered = answers.size();
        CountDownLatch left = new CountDownLatch(1);
        new Reader(MESSAGES - 10_000, left).start();
        assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(answers.size()).isLessThanOrEqualTo(answered + 4);
    }

    /** Reads from behind one message to the end, a batch at a time. */
    private static final class Reader {
        private final int after;
        private final CountDownLatch left;
        private final History history = broker().history(RULES.get(0));
        private int count;
        private boolean wrong;

        Reader(int after, CountDownLatch left) {
            this.after = after;
            this.left = left;
        }

        void start() {
            read(TOLD.get(after).offset() + 1);
        }

        private void read(long from) {
            history.read(history.newest().log(), from, read -> {
                if (!(read instanceof Read.Batch batch)) {
                    wrong = true;
                    left.countDown();
                    return;
                }
                take(batch.entries().stream()
                        .dropWhile(entry -> entry.offset() < from)
                        .toList());
                if (batch.end() == from) {
                    left.countDown();
                } else {
                    // As the gateway does it, on another thread.
                    OTHER.execute(() -> read(batch.end()));
                }
            });
        }

        /** Offsets only grow, so between two right ones there are only right ones if their number is right. */
        private void take(List<History.Entry> entries) {
            if (!entries.isEmpty()) {
                wrong |= entries.get(0).offset() != OFFSETS[after + count + 1];
                count += entries.size();
                wrong |= entries.get(entries.size() - 1).offset() != OFFSETS[after + count];
            }
        }

        boolean complete() {
            return !wrong && after + count == MESSAGES - 1;
        }
    }

    private static final class Counting implements BridgeMetrics {
        @Override
        public void scanOpened(Rule rule) {
            SCANS.incrementAndGet();
        }

        @Override
        public void scanned(Rule rule, int messages) {
            SCANNED.addAndGet(messages);
        }
    }

    private static final class Positions implements DeliverySink {
        @Override
        public void deliver(Delivery delivery) {
            TOLD.add(Asked.position(delivery));
        }

        @Override
        public void gap(Rule rule, Hole hole, long missed) {
            throw new AssertionError(hole);
        }

        @Override
        public void tooLarge(Rule rule, String topic) {
            throw new AssertionError(topic);
        }
    }

    private static byte[] body(int number) {
        byte[] body = new byte[100];
        body[0] = (byte) number;
        body[1] = (byte) (number >> 8);
        body[2] = (byte) (number >> 16);
        return body;
    }

    /** Of all channels: neither a passive declare nor the list of consumers knows those of a stream. */
    private static int consumers() {
        return NODE.ctl("list_channels", "consumer_count")
                .lines()
                .filter(line -> line.matches("[0-9]+"))
                .mapToInt(Integer::parseInt)
                .sum();
    }

    private static BackEnd backEnd() {
        return Objects.requireNonNull(backEnd);
    }

    private static AmqpBroker broker() {
        return Objects.requireNonNull(broker);
    }
}
