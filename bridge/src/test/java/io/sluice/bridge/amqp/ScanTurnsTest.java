package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.History;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.Position;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Readers that do not go at the same pace, on a rule with a single catch-up reader. */
@Timeout(120)
class ScanTurnsTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final int MESSAGES = 20_000;
    private static final Rules RULES =
            Rules.none().resumable("t.#", Rules.stream("turns", "turns.history", 100, 1L << 30, 64 << 20, 1));

    private static final ExecutorService OTHER = Executors.newSingleThreadExecutor();

    private static BackEnd backEnd;
    private static Bridge bridge;

    @BeforeAll
    static void publish() throws Exception {
        backEnd = new BackEnd(NODE).exchange("turns");
        backEnd.channel.queueDelete("turns.history");
        bridge = Bridge.up(NODE, RULES);
        for (int i = 0; i < MESSAGES; i++) {
            backEnd.publish("turns", "t.x", String.valueOf(i));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> bridge.recorder.deliveries.size() == MESSAGES);
    }

    @AfterAll
    static void end() throws Exception {
        OTHER.shutdownNow();
        bridge.close();
        backEnd.channel.queueDelete("turns.history");
        backEnd.close();
    }

    @Test
    void aReaderThatStallsGivesItsSlotUpAndGoesOnLater() {
        Asked history = new Asked(bridge.broker.history(RULES.get(0)));
        Place first = history.place(new First());
        Read.Batch begun = (Read.Batch) history.read(first.log(), offset(15_000));
        assertThat(history.bodiesAfter(first)).isEqualTo(bodies(0));
        assertThat(history.bodiesAfter(at(first, begun.end())))
                .hasSizeBetween(1, 5_000)
                .endsWith(String.valueOf(MESSAGES - 1));
    }

    @Test
    void readersFarApartHaveTheOnlySlotInTurn() {
        History history = bridge.broker.history(RULES.get(0));
        List<Steady> readers = List.of(
                new Steady(history, offset(0)),
                new Steady(history, offset(9_000)),
                new Steady(history, offset(18_000)));
        readers.forEach(Steady::read);
        await().atMost(Duration.ofSeconds(60)).until(() -> readers.stream().allMatch(one -> one.done));
        assertThat(readers.stream().map(one -> one.count).toList()).containsExactly(MESSAGES, 11_000, 2_000);
    }

    private static Place at(Place place, long next) {
        return new Place(place.log(), new Position(place.position().marker(), next - 1));
    }

    private static long offset(int message) {
        return bridge.recorder.deliveries.get(message).offset();
    }

    private static List<String> bodies(int from) {
        return IntStream.range(from, MESSAGES).mapToObj(String::valueOf).toList();
    }

    /** Reads on as it is answered. */
    private static final class Steady {
        private final History history;
        private long next;
        private int seen;
        private volatile int count;
        private volatile boolean done;

        Steady(History history, long next) {
            this.history = history;
            this.next = next;
        }

        void read() {
            history.read(history.newest().log(), next, read -> {
                Read.Batch batch = (Read.Batch) read;
                seen += (int) batch.entries().stream()
                        .filter(entry -> entry.offset() >= next)
                        .count();
                count = seen;
                done = batch.end() == next;
                next = batch.end();
                if (!done) {
                    OTHER.execute(this::read);
                }
            });
        }
    }
}
