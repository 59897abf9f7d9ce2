package io.sluice.gateway.config;

import static io.sluice.gateway.config.ConfigurationText.loaded;
import static io.sluice.gateway.config.ConfigurationText.problems;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.config.Configuration.TopicRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.event.Level;

class ConfigurationLoaderTest {

    @Test
    void everyKeyIsReadIntoItsComponent() {
        Configuration read = loaded("""
                listeners:
                  - {host: 127.0.0.1, port: 81}
                  - {host: "::", port: 82, proxyProtocol: true, tls: {certificate: a.crt, key: a.key}}
                proxies: [10.0.0.0/8]
                operations:
                  host: 0.0.0.0
                  port: 83
                  adminToken: token
                  accessLog: true
                  traces: {endpoint: "http://otel:4318/v1/traces", samplePercent: 5}
                amqp: {uris: ["amqps://u:p@one/v", "amqp://two:5673"], heartbeat: 3s, control: control, events: events}
                origins: ["https://app.example.com"]
                authentication:
                  anonymous: true
                  timeout: 2s
                  queryToken: true
                  rolesClaim: groups
                  jwt:
                    - {issuer: backend, audience: sluice, algorithms: [HS256], secret: "${SECRET}"}
                topics:
                  - match: "ticker.#"
                    exchange: ticker
                    overflow: conflate
                    declare: true
                    persistent: false
                    headers: [traceparent]
                    contentType: text/plain; charset=utf-8
                    sensitive: true
                    queueLength: 7
                  - {match: "#", overflow: dropOldest}
                permissions:
                  - {subscribe: ["prices.#"]}
                  - {role: trader, subscribe: ["u.{sub}.#"], publish: ["chat.*"]}
                limits:
                  messageBytes: 1KiB
                  deliveryBytes: 2KiB
                  preAuthBytes: 3KiB
                  fragments: 4
                  headerBytes: 5KiB
                  handshakeTimeout: 6s
                  connections: 7
                  connectionsPerAddress: 8
                  connectionsPerPrincipal: 12
                  authFailuresPerMinute: 13
                  eventLoopLag: 14ms
                  subscriptionsPerSession: 9
                  publishesPerSecond: 10
                  outboundBytes: 11KiB
                  outboundAge: 12s
                  nodeOutboundBytes: 13KiB
                  maxAge: 0s
                websocket: {compression: false, pingInterval: 1s, pongTimeout: 2s, closeTimeout: 3s}
                fanout: {maxDelay: 0s}
                drain: {delay: 0s, window: 1m}
                log: {level: debug}
                insecure: true
                """);

        assertThat(read)
                .isEqualTo(new Configuration(
                        List.of(
                                new Listener("127.0.0.1", 81, null, false),
                                new Listener("::", 82, plainTls("a.crt", "a.key"), true)),
                        List.of(Objects.requireNonNull(Cidr.parse("10.0.0.0/8"))),
                        new Configuration.Operations(
                                "0.0.0.0",
                                83,
                                "token",
                                true,
                                new Configuration.Traces("http://otel:4318/v1/traces", 5)),
                        new Amqp(
                                List.of("amqps://u:p@one/v", "amqp://two:5673"),
                                Duration.ofSeconds(3),
                                null,
                                "control",
                                "events"),
                        List.of("https://app.example.com"),
                        new Authentication(
                                true,
                                Duration.ofSeconds(2),
                                true,
                                "",
                                "groups",
                                List.of(new Authentication.Issuer(
                                        "backend",
                                        "sluice",
                                        List.of("HS256"),
                                        "0123456789abcdef0123456789abcdef",
                                        null,
                                        null)),
                                null),
                        List.of(
                                new TopicRule(
                                        "ticker.#",
                                        "ticker",
                                        null,
                                        Duration.ofMinutes(5),
                                        null,
                                        Overflow.CONFLATE,
                                        true,
                                        Configuration.Binding.PER_RULE,
                                        false,
                                        List.of("traceparent"),
                                        "text/plain; charset=utf-8",
                                        false,
                                        true,
                                        7),
                                new TopicRule(
                                        "#",
                                        "amq.topic",
                                        null,
                                        Duration.ofMinutes(5),
                                        null,
                                        Overflow.DROP_OLDEST,
                                        false,
                                        Configuration.Binding.PER_RULE,
                                        true,
                                        List.of(),
                                        null,
                                        false,
                                        false,
                                        10_000)),
                        List.of(
                                new Configuration.Permission(null, List.of("prices.#"), List.of(), List.of()),
                                new Configuration.Permission(
                                        "trader", List.of("u.{sub}.#"), List.of("chat.*"), List.of())),
                        new Configuration.Limits(
                                1024,
                                2048,
                                3072,
                                4,
                                5120,
                                Duration.ofSeconds(6),
                                7,
                                8,
                                12,
                                13,
                                Duration.ofMillis(14),
                                9,
                                10,
                                11 << 10,
                                Duration.ofSeconds(12),
                                13 << 10,
                                Duration.ZERO),
                        new Configuration.WebSocket(
                                false, Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofSeconds(3)),
                        new Configuration.Fanout(Duration.ZERO),
                        new Configuration.Drain(Duration.ZERO, Duration.ofMinutes(1)),
                        new Configuration.Log(Level.DEBUG),
                        true));
    }

    @Test
    void whatIsNotToldHasItsDefault() {
        assertThat(loaded("insecure: false")).isEqualTo(Configuration.DEFAULT);
        assertThat(loaded("limits: {}\nwebsocket: {}\ntopics: [{match: \"#\"}]").topics())
                .containsExactly(TopicRule.DEFAULT);
        assertThat(loaded("limits: {fragments: 3}").limits().messageBytes()).isEqualTo(65_536);
    }

    @Test
    void theEnvironmentFillsInVariables() {
        assertThat(loaded("operations: {port: \"${PORT}\", host: \"${NO_SUCH:::1}\"}")
                        .operations())
                .isEqualTo(new Configuration.Operations("::1", 8081, "", false, null));
        assertThat(loaded("authentication: {rolesClaim: \"a${PORT}b${NO_SUCH:}c\"}")
                        .authentication()
                        .rolesClaim())
                .isEqualTo("a8081bc");
        assertThat(loaded("operations:\n  port: ${PORT}\n  adminToken: ${EMPTY:x}")
                        .operations()
                        .adminToken())
                .isEmpty();
    }

    @Test
    void whatTheEnvironmentFillsInIsNotLookedThroughAgain() {
        assertThat(loaded("authentication: {rolesClaim: \"${NESTED}\"}")
                        .authentication()
                        .rolesClaim())
                .isEqualTo("${SECRET}");
    }

    @Test
    void aMissingFileIsAProblemWithoutALine(@TempDir Path directory) {
        Path file = directory.resolve("sluice.yaml");

        assertThat(ConfigurationLoader.load(file, Map.of()))
                .isEqualTo(new LoadResult.Rejected(List.of(
                        new Problem(file.toString(), 0, "", "There is no such file: create it, or name another."))));
    }

    @Test
    void aDirectoryAndAFileThatIsNotUtf8AreProblems(@TempDir Path directory) throws IOException {
        Path latin1 = Files.writeString(directory.resolve("latin1.yaml"), "# caf\u00e9", ISO_8859_1);

        assertThat(((LoadResult.Rejected) ConfigurationLoader.load(latin1, Map.of())).problems())
                .extracting(Problem::sentence)
                .containsExactly("The file is not UTF-8: save it as UTF-8.");
        assertThat(((LoadResult.Rejected) ConfigurationLoader.load(directory, Map.of())).problems())
                .extracting(Problem::sentence)
                .containsExactly("The file cannot be read: it must be a regular file that this user may read.");
    }

    @Test
    void relativePathsStartAtTheDirectoryOfTheFile(@TempDir Path directory) throws IOException {
        Path certificate = Files.writeString(directory.resolve("tls.crt"), "");
        Path file = Files.writeString(
                directory.resolve("sluice.yaml"),
                "listeners:\n  - port: 1\n    tls:\n      certificate: tls.crt\n      key: tls.key\n");

        assertThat(((LoadResult.Rejected) ConfigurationLoader.load(file, Map.of())).problems())
                .containsExactly(new Problem(
                        file.toString(),
                        5,
                        "listeners[0].tls.key",
                        "There is no file \"" + directory.resolve("tls.key") + "\": create it, or name another."));

        Path key = Files.writeString(directory.resolve("tls.key"), "");
        LoadResult.Loaded loaded = (LoadResult.Loaded) ConfigurationLoader.load(file, Map.of());
        assertThat(loaded.configuration().listeners().get(0).tls())
                .isEqualTo(plainTls(certificate.toString(), key.toString()));
    }

    @Test
    void noSecretIsInAnyText() {
        String secret = "0123456789abcdef0123456789abcdef";
        Configuration configuration =
                loaded("amqp: {uris: [\"amqp://user:s3cret/word@host/v\"]}".replace("/word", "%2fword")
                        + "\nauthentication: {jwt: [{issuer: a, secret: \"" + secret + "\"}]}");

        assertThat(configuration.toString())
                .contains("amqp://user:***@host/v", "secret=***")
                .doesNotContain(secret, "s3");
        assertThat(new Configuration.Operations("h", 1, secret, false, null).toString())
                .doesNotContain(secret);
        assertThat(problems("amqp: {uris: [\"http://user:s3cret@host\", \"amqp://user:s3 cret@host\"]}")
                        .toString())
                .doesNotContain("s3");
    }

    private static Tls plainTls(String certificate, String key) {
        return new Tls(new Tls.Files(certificate, key), List.of(), null, Tls.ClientCertificate.REQUIRED);
    }
}
