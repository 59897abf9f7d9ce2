package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is killed leaves nothing behind, and nobody else feels it (F16). */
@Tag("alone")
@Timeout(180)
final class GatewayKilledTest {

    private static final TestBroker BROKER = OwnBroker.running();

    private static final String RULES = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "slice.#", exchange: amq.topic, binding: perPattern}
              - {match: "#", exchange: amq.topic}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
            limits: {subscriptionsPerSession: 5000, publishesPerSecond: 5000}
            """;

    @TempDir
    Path directory;

    @Test
    void nothingIsLeftInTheBrokerAndTheOtherNodesPublishesAreConfirmedThroughout() {
        String yaml = "amqp: {uris: [\"" + BROKER.uri() + "\"]}\n" + RULES;
        try (Node survivor = Node.start(BROKER, RULES);
                Client publishing = survivor.connect();
                Client subscribed = survivor.connect();
                ServeProcess victim = ServeProcess.start(directory, yaml).ready();
                Client holding = victim.dial().open()) {
            holding.expect("welcome");
            subscribed.subscribe("survivor.#");
            for (int i = 0; i < 1000; i += 50) {
                holding.ask("{\"op\":\"subscribe\",\"topics\":[" + topics(i, 50) + "]}");
            }
            assertThat(bindings()).hasSize(1000 + 2);
            List<Long> before = confirmTimes(publishing, 200);
            victim.kill();
            List<Long> after = confirmTimes(publishing, 400);
            await().atMost(Duration.ofSeconds(30)).until(() -> bindings().size() == 1);
            assertThat(BROKER.ctl("list_queues", "name").lines()).hasSize(2);
            assertThat(BROKER.ctl("list_exchanges", "name").lines())
                    .allMatch(name -> name.isEmpty() || name.startsWith("amq."));
            for (int i = 0; i < 600; i++) {
                subscribed.expect("message");
            }
            subscribed.expectNothing();
            // The ninety-ninth percentile, against a second at most or what this machine took before.
            assertThat(percentile99(after)).isLessThan(Math.max(1_000, 3 * percentile99(before)));
        }
    }

    private static String topics(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(i -> "\"slice." + i + ".*\"")
                .collect(Collectors.joining(","));
    }

    /** Of {@code count} publishes one after the other, in milliseconds. */
    private static List<Long> confirmTimes(Client publishing, int count) {
        List<Long> millis = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long sent = System.nanoTime();
            assertThat(publishing
                            .ask("{\"op\":\"publish\",\"topic\":\"survivor.a\",\"data\":1}")
                            .op())
                    .isEqualTo("ok");
            millis.add(Duration.ofNanos(System.nanoTime() - sent).toMillis());
        }
        return millis;
    }

    private static long percentile99(List<Long> millis) {
        return millis.stream().sorted().toList().get(millis.size() * 99 / 100);
    }

    /** Of {@code amq.topic}. */
    private static List<String> bindings() {
        return BROKER.ctl("list_bindings", "source_name", "routing_key")
                .lines()
                .filter(line -> line.startsWith("amq.topic\t"))
                .toList();
    }
}
