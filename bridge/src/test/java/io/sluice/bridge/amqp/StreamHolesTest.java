package io.sluice.bridge.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DeliverCallback;
import io.sluice.bridge.History.Last;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Where a segment rolled, an offset has no message. Whoever begins to read just there has not met the beginning of the stream. */
@Timeout(120)
class StreamHolesTest {

    private static final TestBroker NODE = TestBroker.shared();
    private static final String STREAM = "holes.history";
    private static final int SEGMENT_BYTES = 20_000;

    private BackEnd backEnd;

    @BeforeEach
    void declare() throws Exception {
        backEnd = new BackEnd(NODE).exchange("holes");
        backEnd.channel.confirmSelect();
        backEnd.channel.queueDelete(STREAM);
        Bridge.up(NODE, rules(1)).close();
    }

    @AfterEach
    void delete() throws Exception {
        backEnd.channel.queueDelete(STREAM);
        backEnd.close();
    }

    @Test
    void aWindowThatBeginsAtAHoleDoesNotHoldTheWholeStream() throws Exception {
        publish("holes", "h.x", 0, 1_000);
        NavigableSet<Long> offsets = offsetsUpTo(1_000);
        long hole = holeBefore(offsets, next(offsets) - 300);
        int behind = offsets.tailSet(hole).size();
        Rules rules = rules((int) (next(offsets) - hole));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.bodiesAfter(history.place(new Last(behind + 20))))
                    .isEqualTo(bodies(1_000 - behind - 20, 1_000));
        }
    }

    @Test
    void aSearchWhoseStretchBeginsAtAHoleGoesOnBeforeIt() throws Exception {
        publish("holes", "h.x", 0, 50);
        publish("", STREAM, 50, LastSearch.MOST_EXAMINED + 1_500);
        NavigableSet<Long> offsets = offsetsUpTo(LastSearch.MOST_EXAMINED + 1_500);
        long hole = holeBefore(offsets, next(offsets) - LastSearch.MOST_EXAMINED);
        assertThat(offsets.headSet(hole)).hasSizeGreaterThan(100);
        Rules rules = rules((int) (next(offsets) - hole - LastSearch.MOST_EXAMINED));
        try (Bridge bridge = Bridge.up(NODE, rules)) {
            Asked history = new Asked(bridge.broker.history(rules.get(0)));
            assertThat(history.bodiesAfter(history.place(new Last(5)))).isEqualTo(bodies(45, 50));
        }
    }

    private static Rules rules(int window) {
        return Rules.none().resumable("h.#", Rules.stream("holes", STREAM, window, 1L << 30, SEGMENT_BYTES));
    }

    private void publish(String exchange, String key, int from, int to) throws Exception {
        for (int i = from; i < to; i++) {
            backEnd.publish(exchange, key, new AMQP.BasicProperties(), body(i).getBytes(UTF_8));
            if (i % 100 == 99 || i == to - 1) {
                backEnd.channel.waitForConfirmsOrDie(10_000);
            }
        }
    }

    /** Of all that stands in the stream, markers too, when so many messages have been published. */
    private NavigableSet<Long> offsetsUpTo(int published) throws Exception {
        NavigableSet<Long> offsets = new ConcurrentSkipListSet<>();
        CountDownLatch last = new CountDownLatch(1);
        try (Channel reading = backEnd.connection.createChannel()) {
            reading.basicQos(1_000);
            DeliverCallback each = (tag, message) -> {
                offsets.add((Long) message.getProperties().getHeaders().get("x-stream-offset"));
                reading.basicAck(message.getEnvelope().getDeliveryTag(), false);
                if (new String(message.getBody(), UTF_8).equals(body(published - 1))) {
                    last.countDown();
                }
            };
            reading.basicConsume(STREAM, false, Map.of("x-stream-offset", "first"), each, tag -> {});
            assertThat(last.await(30, TimeUnit.SECONDS)).isTrue();
        }
        return offsets;
    }

    /** The last that is before {@code end}. */
    private static long holeBefore(NavigableSet<Long> offsets, long end) {
        for (long offset = end - 1; offset > offsets.first(); offset--) {
            if (!offsets.contains(offset)) {
                return offset;
            }
        }
        throw new AssertionError("no segment has rolled");
    }

    /** Where the marker of whoever comes next will stand. */
    private static long next(NavigableSet<Long> offsets) {
        return offsets.last() + 1;
    }

    private static List<String> bodies(int from, int to) {
        return IntStream.range(from, to).mapToObj(StreamHolesTest::body).toList();
    }

    private static String body(int number) {
        return String.format("%040d", number);
    }
}
