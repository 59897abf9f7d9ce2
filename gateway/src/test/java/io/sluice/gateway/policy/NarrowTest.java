package io.sluice.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Permission;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever is delivered is granted, by whole subscriptions and by narrowed ones, beside a matcher that is written to be read. */
class NarrowTest {

    private static final int TRIPLES = 1_000_000;
    private static final int TOPICS = 50;

    @Test
    void whatIsDeliveredIsGrantedAndSubscribedAndNothingElseIsMissing() {
        Random random = new Random(101);
        long delivered = 0;
        for (int i = 0; i < TRIPLES / TOPICS; i++) {
            List<String> granted = Stream.generate(() -> pattern(random))
                    .limit(1 + random.nextInt(3))
                    .toList();
            TopicPattern subscribed = TopicPattern.of(pattern(random));
            GrantedPatterns grants =
                    new Grants(List.of(new Permission(null, granted, List.of(), List.of()))).of(Principal.ANONYMOUS);
            boolean whole = grants.allows(Action.SUBSCRIBE, subscribed);
            List<TopicPattern> within = grants.overlapping(Action.SUBSCRIBE, subscribed);
            for (int j = 0; j < TOPICS; j++) {
                String topic = topic(random);
                boolean isGranted = granted.stream().anyMatch(pattern -> matches(words(pattern), words(topic)));
                boolean isSubscribed = matches(words(subscribed.toString()), words(topic));
                boolean wide = whole && subscribed.matches(topic);
                boolean narrowed = subscribed.matches(topic) && within.stream().anyMatch(one -> one.matches(topic));
                if ((wide && !isGranted) || narrowed != (isGranted && isSubscribed)) {
                    throw new AssertionError("seed 101, %d: %s, %s, %s".formatted(i, granted, subscribed, topic));
                }
                delivered += narrowed ? 1 : 0;
            }
        }
        assertThat(delivered).as("some of them").isBetween(TRIPLES / 100L, TRIPLES * 9 / 10L);
    }

    private static String pattern(Random random) {
        List<String> words = new ArrayList<>();
        boolean open = false;
        for (int length = 1 + random.nextInt(4); length > 0; length--) {
            int kind = random.nextInt(6);
            if (kind == 0 && !open) {
                words.add("#");
                open = true;
            } else {
                words.add(kind == 1 ? "*" : word(random));
            }
        }
        return String.join(".", words);
    }

    private static String topic(Random random) {
        return String.join(
                ".",
                Stream.generate(() -> word(random)).limit(1 + random.nextInt(4)).toList());
    }

    private static String word(Random random) {
        return String.valueOf((char) ('a' + random.nextInt(2)));
    }

    private static List<String> words(String text) {
        return List.of(text.split("\\.", -1));
    }

    /** As the specification of topic exchanges says it (AMQP 0-9-1, 3.1.3.3). */
    private static boolean matches(List<String> pattern, List<String> topic) {
        if (pattern.isEmpty()) {
            return topic.isEmpty();
        }
        String first = pattern.get(0);
        List<String> rest = pattern.subList(1, pattern.size());
        if (first.equals("#")) {
            for (int skip = 0; skip <= topic.size(); skip++) {
                if (matches(rest, topic.subList(skip, topic.size()))) {
                    return true;
                }
            }
            return false;
        }
        return !topic.isEmpty()
                && (first.equals("*") || first.equals(topic.get(0)))
                && matches(rest, topic.subList(1, topic.size()));
    }
}
