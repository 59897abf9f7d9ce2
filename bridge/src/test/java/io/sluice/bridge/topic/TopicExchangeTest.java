package io.sluice.bridge.topic;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.BuiltinExchangeType;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import io.sluice.bridge.amqp.TestBroker;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a pattern matches is what RabbitMQ routes to a queue that is bound with it. */
class TopicExchangeTest {

    private static final int SEED = 16271;

    @Test
    void aPatternMatchesWhatATopicExchangeRoutes() throws Exception {
        Random random = new Random(SEED);
        Set<String> keys = keys(random);
        List<TopicPattern> patterns = patterns(random);
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(TestBroker.shared().uri());
        try (Connection connection = factory.newConnection();
                Channel channel = connection.createChannel()) {
            List<String> queues = new ArrayList<>();
            channel.confirmSelect();
            channel.exchangeDeclare("topics", BuiltinExchangeType.TOPIC, false, true, Map.of());
            for (TopicPattern pattern : patterns) {
                queues.add(channel.queueDeclare().getQueue());
                channel.queueBind(queues.get(queues.size() - 1), "topics", pattern.toString());
            }
            for (String key : keys) {
                channel.basicPublish("topics", key, null, new byte[0]);
            }
            channel.waitForConfirmsOrDie(30_000);

            for (int i = 0; i < patterns.size(); i++) {
                TopicPattern pattern = patterns.get(i);
                assertThat(keys.stream().filter(pattern::matches))
                        .as("seed %d: %s", SEED, pattern)
                        .containsExactlyElementsOf(routed(channel, queues.get(i)));
            }
        }
    }

    private static List<String> routed(Channel channel, String queue) throws Exception {
        List<String> keys = new ArrayList<>();
        for (GetResponse next = channel.basicGet(queue, true); next != null; next = channel.basicGet(queue, true)) {
            keys.add(next.getEnvelope().getRoutingKey());
        }
        return keys;
    }

    private static Set<String> keys(Random random) {
        Set<String> keys = new LinkedHashSet<>(List.of("", ".", "..", "a", "a.", ".a", "a..b", "*", "#", "a.*", "a.#"));
        keys.add("a" + ".".repeat(254));
        keys.add("a.".repeat(127) + "b");
        keys.add("b." + "x".repeat(253));
        keys.add("\u00e9".repeat(127));
        keys.add("e\u0301.\u202e.\n");
        while (keys.size() < 200) {
            String key = sequence(random, List.of("a", "b", "c", "\u00e9", "", "*", "#"), 6);
            if (key.getBytes(UTF_8).length <= Topic.MAX_BYTES) {
                keys.add(key);
            }
        }
        return keys;
    }

    private static List<TopicPattern> patterns(Random random) {
        Set<String> patterns =
                new LinkedHashSet<>(List.of("#", "*", "*.*", "a.#", "#.a", "#.*", "*.#", "a", "a.b", "a.#.b"));
        while (patterns.size() < 80) {
            String pattern = sequence(random, List.of("a", "b", "\u00e9", "*", "*", "#"), 5);
            if (TopicPattern.problem(pattern) == null) {
                patterns.add(pattern);
            }
        }
        return patterns.stream().map(TopicPattern::of).toList();
    }

    private static String sequence(Random random, List<String> words, int most) {
        List<String> sequence = new ArrayList<>();
        for (int count = 1 + random.nextInt(most); count > 0; count--) {
            sequence.add(words.get(random.nextInt(words.size())));
        }
        return String.join(".", sequence);
    }
}
