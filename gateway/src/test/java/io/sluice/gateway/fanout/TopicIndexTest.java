package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TopicIndexTest {

    private static final long LIMIT = 1 << 20;
    private static final int TOPICS = 100_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final FanoutFixture fanout = new FanoutFixture(Overflow.DISCONNECT);
    private final TopicIndex index = new TopicIndex();
    private Outbox outbox;
    private long runs;

    @BeforeEach
    void open() {
        outbox = FanoutFixture.outbox(fanout.open(LIMIT));
    }

    @AfterEach
    void close() {
        fanout.close();
    }

    @Test
    void whoeverSubscribesAndUnsubscribesEachSessionReceivesOnceWhatOneOfItsPatternsMatches() {
        Random random = new Random(7);
        List<Outbox> sessions = IntStream.range(0, 12)
                .mapToObj(session -> FanoutFixture.outbox(fanout.open(LIMIT)))
                .toList();
        List<String> patterns = List.of("#", "a.#", "*.b", "a.b", "a.c", "a.*", "#.b", "b", "a.b.c", "*.*");
        List<String> topics = List.of("a", "b", "a.b", "a.c", "b.b", "a.b.c", "c.b", "c");
        List<Subscription> there = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            if (there.size() > 20 && random.nextBoolean()) {
                index.remove(there.remove(random.nextInt(there.size())));
            } else {
                Outbox session = sessions.get(random.nextInt(sessions.size()));
                String pattern = patterns.get(random.nextInt(patterns.size()));
                if (there.stream()
                        .noneMatch(one -> one.outbox == session
                                && one.pattern().toString().equals(pattern))) {
                    there.add(add(session, pattern));
                }
            }
            String topic = topics.get(random.nextInt(topics.size()));
            assertThat(receive(topic))
                    .as("%s at step %d", topic, step)
                    .containsExactlyInAnyOrderElementsOf(there.stream()
                            .filter(one -> one.pattern().matches(topic))
                            .map(one -> one.outbox)
                            .distinct()
                            .toList());
        }
    }

    @Test
    void aTopicOfItsOwnCostsNoMoreUnderAWildcardOfManySessionsThanUnderOneOfFew() {
        long few = remembering(new TopicIndex(), 10);
        long many = remembering(new TopicIndex(), 10_000);

        assertThat(many).isLessThan(few + few / 10);
    }

    @Test
    void aHundredThousandTopicsWithoutWildcardsAreFoundWithNothingRemembered() {
        for (int topic = 0; topic < TOPICS; topic++) {
            add(outbox, "own." + topic);
        }
        List<String> topics = topics();
        lookUp(index, topics);

        assertThat(allocated(() -> lookUp(index, topics))).isLessThan(TOPICS);
    }

    @Test
    void whoJoinsOrLeavesAPatternThatIsThereMakesNoTopicForgotten() {
        add(outbox, "own.#");
        add(outbox, "own.*");
        List<String> topics = topics();
        lookUp(index, topics);

        long again = allocated(() -> {
            for (int session = 0; session < 100; session++) {
                index.remove(add(outbox, "own.#"));
            }
            lookUp(index, topics);
        });

        assertThat(again).isLessThan(TOPICS);
    }

    @Test
    void aTopicsOwnPatternThatComesOrGoesMakesNoOtherTopicForgotten() {
        add(outbox, "own.#");
        List<String> topics = topics();
        lookUp(index, topics);

        long again = allocated(() -> {
            index.remove(add(outbox, "own.7"));
            lookUp(index, topics);
        });

        assertThat(again).isLessThan(TOPICS);
    }

    @Test
    void noMoreTopicsAreRememberedThanMayBe() {
        TopicIndex small = new TopicIndex(10);
        small.add(subscription(outbox, "own.#"));

        lookUp(small, topics());

        assertThat(small.remembered()).isLessThanOrEqualTo(10);
    }

    /** Bytes that it takes to remember a thousand topics, each with a pattern of its own beside a wildcard of so many sessions. */
    private long remembering(TopicIndex index, int sessions) {
        for (int session = 0; session < sessions; session++) {
            index.add(subscription(outbox, "own.#"));
        }
        List<String> topics = topics().subList(0, 1000);
        topics.forEach(topic -> index.add(subscription(outbox, topic)));
        return allocated(() -> lookUp(index, topics));
    }

    private static void lookUp(TopicIndex index, List<String> topics) {
        for (int topic = 0; topic < topics.size(); topic++) {
            assert !index.receivers(topics.get(topic)).isEmpty();
        }
    }

    private static long allocated(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    private List<Outbox> receive(String topic) {
        List<Outbox> received = new ArrayList<>();
        index.receivers(topic).each(++runs, subscription -> received.add(subscription.outbox));
        return received;
    }

    private Subscription add(Outbox session, String pattern) {
        Subscription subscription = subscription(session, pattern);
        index.add(subscription);
        return subscription;
    }

    private Subscription subscription(Outbox session, String pattern) {
        return new Subscription(session, fanout.rules.get(0), TopicPattern.of(pattern), List.of());
    }

    private static List<String> topics() {
        return IntStream.range(0, TOPICS).mapToObj(topic -> "own." + topic).toList();
    }
}
