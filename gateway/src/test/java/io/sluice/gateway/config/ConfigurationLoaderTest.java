package io.sluice.gateway.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationLoaderTest {

    private static final Map<String, String> ENVIRONMENT =
            Map.of("SECRET", "0123456789abcdef0123456789abcdef", "EMPTY", "", "NESTED", "${SECRET}", "PORT", "8081");

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
                        new Configuration.Amqp(
                                List.of("amqps://u:p@one/v", "amqp://two:5673"),
                                Duration.ofSeconds(3),
                                null,
                                "control",
                                "events"),
                        List.of("https://app.example.com"),
                        new Configuration.Authentication(
                                true,
                                Duration.ofSeconds(2),
                                true,
                                "",
                                "groups",
                                List.of(new Configuration.Issuer(
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
    void everyProblemIsToldAtOnceInTheOrderOfTheFile() {
        assertThat(problems("""
                        # a comment
                        origin: ["https://app.example.com"]
                        listeners:
                          - {host: 0.0.0.0, port: 70000}
                          - host: 0.0.0.0
                        topics:
                          - match: prices.#.#
                            overflow: drop
                        limits:
                          messageBytes: 64KB

                          fragments: many
                        drain: 5s
                        """))
                .containsExactly(
                        "sluice.yaml:2: origin: There is no such key. The nearest is \"origins\".",
                        "sluice.yaml:4: listeners[0].port: Expected a whole number from 0 to 65535, found \"70000\".",
                        "sluice.yaml:5: listeners[1].port: This key is missing: add it; 0 takes any free port.",
                        "sluice.yaml:7: topics[0].match: A topic pattern has at most one #.",
                        "sluice.yaml:8: topics[0].overflow: Expected one of disconnect, dropOldest, conflate, found \"drop\"."
                                + " The nearest is \"dropOldest\".",
                        "sluice.yaml:10: limits.messageBytes: Expected a size such as 64KiB, 1MiB or 2GiB, found \"64KB\".",
                        "sluice.yaml:12: limits.fragments: Expected a whole number from 1 to 2147483647, found \"many\".",
                        "sluice.yaml:13: drain: Expected a mapping of keys to values, found a single value.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "limits: {msgBytes: 1KiB} | limits.msgBytes | There is no such key. The nearest is \"messageBytes\".",
                "webSocket: {} | webSocket | There is no such key. The nearest is \"websocket\".",
                "origins: https://a.example | origins | Expected a list, [...], found a single value.",
                "origins: {a: b} | origins | Expected a list, [...], found a mapping.",
                "origins: [[a]] | origins[0] | Expected a single value, found a list.",
                "origins: [\"\"] | origins[0] | The value is empty: give one.",
                "origins: | origins | Expected a list, [...], found no value.",
                "limits: | limits | Expected a mapping of keys to values, found no value.",
                "insecure: | insecure | There is no value: give one, or remove the key.",
                "insecure: yes | insecure | Expected true or false, found \"yes\".",
                "operations: {port: -1} | operations.port | Expected a whole number from 0 to 65535, found \"-1\".",
                "operations: {port: 9090.5} | operations.port | Expected a whole number from 0 to 65535, found \"9090.5\".",
                "limits: {fragments: 0} | limits.fragments | Expected a whole number from 1 to 2147483647, found \"0\".",
                "limits: {connections: 99999999999} | limits.connections | Expected a whole number from 1 to 2147483647, found"
                        + " \"99999999999\".",
                "limits: {messageBytes: 0B} | limits.messageBytes | Expected a size from 1B to 1GiB, found \"0B\".",
                "limits: {messageBytes: 65536} | limits.messageBytes | Expected a size such as 64KiB, 1MiB or 2GiB, found"
                        + " \"65536\".",
                "drain: {delay: 5} | drain.delay | Expected a duration such as 250ms, 30s, 5m, 2h or 1d, found \"5\".",
                "drain: {delay: -5s} | drain.delay | Expected a duration such as 250ms, 30s, 5m, 2h or 1d, found \"-5s\".",
                "websocket: {pingInterval: 0s} | websocket.pingInterval | Expected a duration from 1ms to 365d, found \"0s\".",
                "topics: [{exchange: a}] | topics[0].match | This key is missing: add it.",
                "topics: [{match: \"\"}] | topics[0].match | The value is empty: give one.",
                "topics: [{match: a..b}] | topics[0].match | A topic has no empty word: no dot at its start or end, and no two in"
                        + " a row.",
                "topics: [{match: a, contentType: json}] | topics[0].contentType | Expected a media type such as"
                        + " application/json, found \"json\".",
                "topics: [{match: a, ackTimeout: 5m}] | topics[0].ackTimeout | Only a rule with a queue has an ackTimeout: remove"
                        + " it.",
                "permissions: [{role: r}] | permissions[0].subscribe | This grant allows nothing: give it subscribe, publish or"
                        + " request.",
                "permissions: [{subscribe: [\"a.{name}\"]}] | permissions[0].subscribe[0] | Only {sub} and {claim.NAME} can stand"
                        + " for a word.",
                "permissions: [{subscribe: [\"#.#\"]}] | permissions[0].subscribe[0] | A topic pattern has at most one #.",
                "amqp: {uris: []} | amqp.uris | The list is empty: give at least one URI.",
                "'authentication: {jwt: [{secret: \"${SECRET}\"}]}' | authentication.jwt[0].issuer | This key is missing: add"
                        + " it.",
                "'authentication: {jwt: [{issuer: a}]}' | authentication.jwt[0].secret | An issuer has either secret or jwksUri or"
                        + " publicKey: give one of them.",
                "'authentication: {jwt: [{issuer: a, secret: \"${SECRET}\", algorithms: []}]}' | authentication.jwt[0].algorithms"
                        + " | An issuer with a secret has algorithms of HS256, HS384, HS512 only.",
                "'authentication: {jwt: [{issuer: a, secret: \"${SECRET}\"}, {issuer: a, secret: \"${SECRET}\"}]}' |"
                        + " authentication.jwt[1].issuer | This issuer has an entry already: join them, or remove one.",
                "'origins: [\"${NO_SUCH}\"]' | origins[0] | The environment has no NO_SUCH: set it, or write ${NO_SUCH:default}.",
                "'origins: [\"${NO-SUCH}\"]' | origins[0] | \"${\" begins a variable: write ${NAME} or ${NAME:default}.",
                "'origins: [\"${SECRET\"]' | origins[0] | \"${\" begins a variable: write ${NAME} or ${NAME:default}.",
                "'a: &x {}\nfanout: *x' | fanout | YAML aliases (*name) are not supported: write the value out."
            })
    void aProblemNamesItsKeyAndSaysWhatToDo(String yaml, String key, String sentence) {
        assertThat(rejected(yaml)).extracting(Problem::key, Problem::sentence).contains(tuple(key, sentence));
    }

    @Test
    void aKeyThatStandsTwiceIsToldOnItsSecondLine() {
        assertThat(problems("insecure: true\ndrain: {delay: 1s,\n  delay: 2s}\ninsecure: true"))
                .containsExactly(
                        "sluice.yaml:3: drain.delay: This key stands on line 2 already: remove one of them.",
                        "sluice.yaml:4: insecure: This key stands on line 1 already: remove one of them.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n", "# nothing but a comment\n", "---\n"})
    void anEmptyFileIsRefused(String yaml) {
        assertThat(rejected(yaml)).hasSize(1);
    }

    @Test
    void aFileThatIsNoMappingIsRefused() {
        assertThat(problems("- a\n- b"))
                .containsExactly(
                        "sluice.yaml:1: The file is not a mapping: write keys and values, such as \"origins: [...]\".");
        assertThat(problems("just words")).singleElement().asString().contains("is not a mapping");
    }

    @Test
    void aSecondDocumentIsRefused() {
        assertThat(problems("insecure: true\n---\ninsecure: false"))
                .containsExactly(
                        "sluice.yaml:3: The file has more than one document: remove all from the second \"---\" on.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"insecure: true\norigins: [\"a\"", "insecure: true\n\t- x", "insecure: true\n}", "a: b\n\"x: y"})
    void whatIsNoYamlIsToldWithItsLine(String yaml) {
        assertThat(rejected(yaml)).singleElement().satisfies(problem -> {
            assertThat(problem.line()).isEqualTo(2);
            assertThat(problem.sentence()).startsWith("This is not correct YAML: ");
            assertThat(problem.toString()).doesNotContain("\n");
        });
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
                        "There is no file \"" + directory.resolve("tls.key") + "\" that this user may read."));

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

    @Test
    void aShortSecretIsRefusedInBytesAndNotInCharacters() {
        assertThat(problems("authentication: {jwt: [{issuer: a, secret: " + "x".repeat(31) + "}]}"))
                .singleElement()
                .asString()
                .contains("The secret has fewer than 32 bytes")
                .doesNotContain("xxx");
        loaded("authentication: {jwt: [{issuer: a, secret: " + "x".repeat(32) + "}]}");
        loaded("authentication: {jwt: [{issuer: a, secret: " + "\u00e9".repeat(16) + "}]}");
    }

    private static Configuration loaded(String yaml) {
        LoadResult result = ConfigurationLoader.parse("sluice.yaml", yaml, ENVIRONMENT);
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).configuration();
    }

    private static List<Problem> rejected(String yaml) {
        LoadResult result = ConfigurationLoader.parse("sluice.yaml", yaml, ENVIRONMENT);
        assertThat(result).isInstanceOf(LoadResult.Rejected.class);
        return ((LoadResult.Rejected) result).problems();
    }

    private static List<String> problems(String yaml) {
        return rejected(yaml).stream().map(Problem::toString).toList();
    }

    private static Tls plainTls(String certificate, String key) {
        return new Tls(new Tls.Files(certificate, key), List.of(), null, Tls.ClientCertificate.REQUIRED);
    }
}
