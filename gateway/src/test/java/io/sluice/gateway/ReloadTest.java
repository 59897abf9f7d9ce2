package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.Client.Received;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} while its file changes, and while it has hardly any file descriptors. */
@Timeout(180)
final class ReloadTest {

    @TempDir
    private Path directory;

    @Test
    void grantsOriginsAndLimitsAreTakenAnewAndNobodyIsDropped() throws Exception {
        try (ServeProcess serve = ServeProcess.start(directory, yaml("https://one.example", "reload.a", 2048))
                        .ready();
                Client standing = serve.dial().open()) {
            standing.expect("welcome");
            standing.subscribe("reload.a");

            serve.configure("limits: {mesageBytes: 1}\n");
            serve.hangUp();
            await().atMost(Duration.ofSeconds(20)).until(() -> serve.err().contains("messageBytes"));
            standing.expectNothing();

            // By itself, without a signal.
            serve.configure(yaml("https://two.example", "reload.b", 4096));
            Received ended = standing.await("unsubscribed");
            assertThat(ended.json().path("topic").asString()).isEqualTo("reload.a");
            standing.subscribe("reload.b").expectNothing();

            assertThat(serve.dial()
                            .header("Origin", "https://one.example")
                            .refusal()
                            .statusCode())
                    .isEqualTo(403);
            try (Client late =
                    serve.dial().header("Origin", "https://two.example").open()) {
                assertThat(late.expect("welcome")
                                .json()
                                .path("limits")
                                .path("messageBytes")
                                .asInt())
                        .isEqualTo(4096);
            }
            assertThat(serve.operations("/metrics"))
                    .contains("sluice_reloads_total{result=\"failed\",what=\"configuration\"} 1.0")
                    .contains("sluice_reloads_total{result=\"ok\",what=\"configuration\"} 1.0");
            assertThat(serve.err()).contains("is in force").doesNotContain("\tat ");
        }
    }

    @Test
    void theLevelOfTheLogIsTakenAnew() throws Exception {
        String yaml = broker() + Node.OPEN;
        try (ServeProcess serve =
                ServeProcess.start(directory, yaml + "log: {level: error}\n").ready()) {
            serve.configure(yaml + "log: {level: loud}\n");
            serve.hangUp();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> serve.operations("/metrics")
                            .contains("sluice_reloads_total{result=\"failed\",what=\"configuration\"} 1.0"));
            assertThat(serve.err()).isEmpty();

            serve.configure(yaml + "log: {level: debug}\n");
            serve.hangUp();
            await().atMost(Duration.ofSeconds(20)).until(() -> serve.err().contains("is in force"));

            serve.configure(yaml + "log: {level: error}\n");
            serve.hangUp();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> serve.operations("/metrics")
                            .contains("sluice_reloads_total{result=\"ok\",what=\"configuration\"} 2.0"));
            assertThat(serve.err()).containsOnlyOnce("is in force");
        }
    }

    @Test
    void anInsecureNodeSaysSo() throws Exception {
        try (ServeProcess serve =
                ServeProcess.start(directory, broker() + Node.OPEN).ready()) {
            await().atMost(Duration.ofSeconds(20)).until(() -> serve.err().contains("insecure: true"));
        }
    }

    @Test
    void withFewFileDescriptorsItServesAsManyAsItCanAndStaysAlive() throws Exception {
        try (ServeProcess serve =
                        ServeProcess.start(directory, broker() + Node.OPEN, 400).ready();
                Client standing = serve.dial().open()) {
            standing.expect("welcome");
            assertThat(serve.err()).contains("Raise ulimit -n");
            List<RawSocket> crowd = new ArrayList<>();
            int refused = 0;
            for (int i = 0; i < 600; i++) {
                RawSocket socket = new RawSocket(serve.address());
                crowd.add(socket);
                try {
                    String head = socket.send(RawSocket.upgrade()).head();
                    refused += head.startsWith("HTTP/1.1 503 ") ? 1 : 0;
                } catch (IOException | AssertionError closedUnanswered) {
                    refused++;
                }
            }
            assertThat(refused).isPositive();
            standing.subscribe("crowded");
            assertThat(standing.ask("{\"op\":\"publish\",\"topic\":\"crowded\",\"data\":1}")
                            .op())
                    .isIn("ok");
            for (RawSocket socket : crowd) {
                socket.close();
            }
            await().atMost(Duration.ofSeconds(20)).ignoreExceptions().untilAsserted(() -> {
                try (Client late = serve.dial().open()) {
                    late.expect("welcome");
                }
            });
            assertThat(serve.err()).doesNotContain("\tat ");
        }
    }

    private static String broker() {
        return "amqp: {uris: [\"" + TestBroker.shared().uri() + "\"]}\n";
    }

    private static String yaml(String origin, String topic, int messageBytes) {
        return broker() + """
                origins: ["%s"]
                authentication: {anonymous: true}
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{subscribe: ["%s"], publish: ["#"]}]
                limits: {messageBytes: %dB}
                """.formatted(origin, topic, messageBytes);
    }
}
