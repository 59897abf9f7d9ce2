package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.History.Place;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * In whatever order messages are appended and told, reads answered, sockets stopped, inboxes overrun and streams made anew: each session
 * gets exactly the matching messages behind where it began, in order and once, and hears of a hole once and in its place.
 */
final class HandOverPropertyTest {

    private static final int STEPS = 400;
    private static final List<String> TOPICS = List.of("a", "b", "a.b", "c");
    private static final List<List<String>> PATTERNS =
            List.of(List.of("a"), List.of("#"), List.of("*"), List.of("a", "#"), List.of("a.#", "b", "*"));

    /** One session, and what it got. */
    private record Client(SlowSocket socket, List<String> patterns, int log, long from, List<String> received) {

        boolean matches(String topic) {
            return patterns.stream()
                    .anyMatch(pattern -> TopicPattern.of(pattern).matches(topic));
        }
    }

    private final Random random = new Random();
    private final List<Client> clients = new ArrayList<>();

    /** By log, the topic of each offset that holds a message; and from where on a log is complete for those who were there before. */
    private final Map<Integer, List<String>> logs = new HashMap<>();

    private final Map<Integer, Long> begins = new HashMap<>();

    static List<Long> seeds() {
        return new Random(20_260_307).longs(100).boxed().toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everySessionGetsWhatIsBehindWhereItBeganInOrderAndOnce(long seed) {
        random.setSeed(seed);
        try (FanoutFixture node = FanoutFixture.resumable(Overflow.DISCONNECT, 1 + random.nextInt(8))) {
            node.history().batch = 1 + random.nextInt(6);
            logs.put(1, new ArrayList<>());
            for (int i = 0; i < STEPS; i++) {
                step(node);
            }
            settle(node);
            clients.forEach(this::check);
        }
    }

    private void step(FanoutFixture node) {
        ScriptedHistory history = node.history();
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3 -> append(node);
            case 4 -> history.move();
            case 5, 6, 7 -> history.tell(node.rules.get(0), node.hub);
            case 8, 9, 10 -> node.turn();
            case 11, 12, 13 -> {
                if (history.unanswered() > 0) {
                    history.answer(random.nextInt(history.unanswered()));
                }
            }
            case 14 -> begin(node);
            case 15 -> burst(node);
            case 16 -> any(client -> client.socket().stop());
            case 17 -> any(client -> client.socket().resume());
            case 18 -> history.early = random.nextBoolean();
            default -> rarely(node);
        }
        clients.forEach(client -> client.received().addAll(client.socket().received()));
    }

    private void rarely(FanoutFixture node) {
        ScriptedHistory history = node.history();
        switch (random.nextInt(4)) {
            case 0 -> {
                while (history.tell(node.rules.get(0), node.hub)) {}
                int earlier = random.nextInt(4);
                history.remake(node.rules.get(0), earlier);
                List<String> topics = new ArrayList<>();
                for (int i = 0; i < earlier; i++) {
                    topics.add("t.earlier");
                }
                logs.put(history.log(), topics);
                begins.put(history.log(), (long) earlier);
            }
            case 1 -> {
                history.available = !history.available;
                node.advance(Duration.ofSeconds(1));
            }
            case 2 -> {
                history.appendOther();
                topics(history).add("");
            }
            default ->
                any(client -> {
                    FanoutFixture.outbox(client.socket()).close();
                    clients.remove(client);
                });
        }
    }

    private void append(FanoutFixture node) {
        ScriptedHistory history = node.history();
        String topic = TOPICS.get(random.nextInt(TOPICS.size()));
        history.append(FanoutFixture.delivery(node.rules.get(0), topic, history.log() + ":" + history.end()));
        topics(history).add(topic);
    }

    private void burst(FanoutFixture node) {
        for (int i = random.nextInt(20); i > 0; i--) {
            append(node);
            node.history().tell(node.rules.get(0), node.hub);
        }
    }

    private void begin(FanoutFixture node) {
        ScriptedHistory history = node.history();
        List<String> patterns = PATTERNS.get(random.nextInt(PATTERNS.size()));
        if (random.nextInt(3) == 0) {
            long from = history.newest().next();
            SlowSocket socket = node.subscribed(1 << 20, patterns.toArray(String[]::new));
            clients.add(new Client(socket, patterns, history.log(), from, new ArrayList<>()));
        } else {
            Place place = history.place(random.nextInt((int) history.newest().next() + 1) - 1L);
            SlowSocket socket = node.resumed(1 << 20, place, patterns.toArray(String[]::new));
            clients.add(new Client(socket, patterns, place.log(), place.next(), new ArrayList<>()));
        }
    }

    private void any(Consumer<Client> action) {
        if (!clients.isEmpty()) {
            action.accept(clients.get(random.nextInt(clients.size())));
        }
    }

    private void settle(FanoutFixture node) {
        ScriptedHistory history = node.history();
        history.available = true;
        clients.forEach(client -> client.socket().resume());
        while (history.tell(node.rules.get(0), node.hub)) {}
        for (int i = 0; i < 5; i++) {
            do {
                node.turn();
                history.answerAll();
                node.turn();
            } while (history.unanswered() > 0);
            node.advance(Duration.ofSeconds(1));
        }
        clients.forEach(client -> client.received().addAll(client.socket().received()));
    }

    /** What was received of each log, in parts that gaps part: each is a stretch of that log, and the last leads to its end. */
    private void check(Client client) {
        List<List<String>> parts = new ArrayList<>();
        parts.add(new ArrayList<>());
        List<String> gaps = new ArrayList<>();
        for (String received : client.received()) {
            if (received.startsWith("gap")) {
                gaps.add(received);
                if (gaps.size() == client.patterns().size()) {
                    assertThat(gaps).as("one for each pattern").doesNotHaveDuplicates();
                    gaps.clear();
                    parts.add(new ArrayList<>());
                }
            } else {
                parts.get(parts.size() - 1).add(received);
            }
        }
        assertThat(gaps).as("told to all patterns or to none").isEmpty();
        int newest = new TreeSet<>(logs.keySet()).last();
        assertThat(parts.size() == 1)
                .as("told of a hole if and only if there was one")
                .isEqualTo(client.log() == newest);
        int log = client.log();
        long from = client.from();
        for (int i = 0; i < parts.size(); i++) {
            boolean last = i == parts.size() - 1;
            if (i > 0) {
                log = last ? newest : logOf(parts.get(i), log);
                from = begins.getOrDefault(log, 0L);
            }
            List<String> expected = expected(client, log, from);
            List<String> part = parts.get(i);
            if (last) {
                assertThat(afterRestart(part, expected, i > 0)).isEqualTo(expected);
            } else {
                assertThat(part).isEqualTo(expected.subList(0, Math.min(part.size(), expected.size())));
            }
        }
        assertThat(client.socket().closedWith).isNull();
    }

    /** A session that learned of the new log by its read goes on where the log stood by then: behind the hole nothing is missing. */
    private static List<String> afterRestart(List<String> part, List<String> expected, boolean afterGap) {
        if (!afterGap || part.size() >= expected.size()) {
            return part;
        }
        List<String> whole = new ArrayList<>(expected.subList(0, expected.size() - part.size()));
        whole.addAll(part);
        return whole;
    }

    private static int logOf(List<String> part, int before) {
        return part.stream()
                .map(message -> message.substring(message.indexOf('=') + 1, message.indexOf(':')))
                .map(Integer::valueOf)
                .max(Comparator.naturalOrder())
                .orElse(before);
    }

    private List<String> expected(Client client, int log, long from) {
        List<String> expected = new ArrayList<>();
        List<String> topics = logs.getOrDefault(log, List.of());
        for (int offset = (int) from; offset < topics.size(); offset++) {
            if (!topics.get(offset).isEmpty() && client.matches(topics.get(offset))) {
                expected.add(topics.get(offset) + "=" + log + ":" + offset);
            }
        }
        return expected;
    }

    private List<String> topics(ScriptedHistory history) {
        List<String> topics = logs.get(history.log());
        if (topics == null) {
            throw new IllegalStateException("no such log");
        }
        return topics;
    }
}
