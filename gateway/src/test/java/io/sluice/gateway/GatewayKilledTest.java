package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.Channel;
import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

    private static final String DEPLOYED = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "past.#", exchange: killed, history: {stream: killed.past}}
              - {match: "jobs", queue: killed.jobs}
              - {match: "live.#", exchange: killed}
              - {match: "slice.#", exchange: killed, binding: perPattern}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
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

    @Test
    void nothingIsLeftOfAnyRuleAndItsJobsGoToAnotherNode() throws Exception {
        String yaml = "amqp: {uris: [\"" + BROKER.uri() + "\"]}\n" + DEPLOYED;
        try (BackEnd backEnd = BackEnd.connect(BROKER.uri())) {
            Channel channel = backEnd.channel();
            channel.exchangeDeclare("killed", "topic", true);
            channel.queueDeclare("killed.jobs", true, false, false, null);
            try (Node survivor = Node.start(BROKER, DEPLOYED)) {
                Set<String> alone = standing();
                try (ServeProcess victim = ServeProcess.start(directory, yaml).ready();
                        Client holding = victim.dial().open()) {
                    holding.expect("welcome");
                    holding.subscribe("live.#").subscribe("slice.1.*").subscribe("slice.2.*");
                    Streams.subscribe(holding, "past.#", "\"first\"");
                    holding.ask("{\"op\":\"subscribe\",\"topic\":\"jobs\",\"credit\":5}");
                    Set<String> out = new HashSet<>();
                    for (int i = 0; i < 5; i++) {
                        channel.basicPublish(
                                "", "killed.jobs", null, Integer.toString(i).getBytes(US_ASCII));
                        out.add(holding.expect("message").raw("data"));
                    }
                    assertThat(standing()).hasSizeGreaterThan(alone.size());
                    victim.kill();
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> standing().equals(alone));
                    Set<String> again = new HashSet<>();
                    try (Client other = survivor.connect()) {
                        other.ask("{\"op\":\"subscribe\",\"topic\":\"jobs\",\"credit\":5}");
                        for (int i = 0; i < 5; i++) {
                            Received job = other.expect("message");
                            assertThat(job.json().path("redelivered").asBoolean())
                                    .as(job.text())
                                    .isTrue();
                            again.add(job.raw("data"));
                        }
                    }
                    assertThat(again).hasSize(5).isEqualTo(out);
                }
            }
            channel.queueDelete("killed.jobs");
            channel.queueDelete("killed.past");
            channel.exchangeDelete("killed");
        }
    }

    /** Every queue, exchange and binding of the broker. */
    private static Set<String> standing() {
        return Stream.of(
                        BROKER.ctl("list_queues", "name"),
                        BROKER.ctl("list_exchanges", "name"),
                        BROKER.ctl("list_bindings", "source_name", "destination_name", "routing_key"))
                .flatMap(String::lines)
                .collect(Collectors.toSet());
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
