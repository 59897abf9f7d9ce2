package io.sluice.gateway.config;

import static io.sluice.gateway.config.ConfigurationText.loaded;
import static io.sluice.gateway.config.ConfigurationText.problems;
import static io.sluice.gateway.config.ConfigurationText.rejected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a file that is not fit for use. */
final class ConfigurationProblemsTest {

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
    void aShortSecretIsRefusedInBytesAndNotInCharacters() {
        assertThat(problems("authentication: {jwt: [{issuer: a, secret: " + "x".repeat(31) + "}]}"))
                .singleElement()
                .asString()
                .contains("The secret has fewer than 32 bytes")
                .doesNotContain("xxx");
        loaded("authentication: {jwt: [{issuer: a, secret: " + "x".repeat(32) + "}]}");
        loaded("authentication: {jwt: [{issuer: a, secret: " + "\u00e9".repeat(16) + "}]}");
    }
}
