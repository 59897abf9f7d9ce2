package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules over the whole file: what is wrong, what is only not yet there, what {@code serve} refuses, and what is warned of. */
class ConfigurationRulesTest {

    private static final String SERVABLE = """
            origins: ["https://app.example.com"]
            authentication: {anonymous: true}
            topics: [{match: "#"}]
            permissions: [{subscribe: ["prices.#"]}]
            """;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "match: a, exchange: x, queue: q | queue | A rule has either an exchange or a queue: remove one of them.",
                "match: \"a.*\", queue: q | match | A rule with a queue covers one topic: write it with no * and no #.",
                "match: a, queue: q, overflow: conflate | overflow | A rule with a queue has no overflow: remove it.",
                "match: a, queue: q, history: {stream: s} | history | A rule with a queue has no history: remove it.",
                "match: a, history: {stream: s}, overflow: conflate | overflow | A rule with history never conflates: choose"
                        + " disconnect or dropOldest.",
                "match: a, history: {stream: s}, binding: perPattern | binding | A rule with history has no live queue,"
                        + " and no binding: remove it.",
                "match: a, history: {stream: s}, queueLength: 5 | queueLength | A rule with history has no live queue,"
                        + " and no queueLength: remove it.",
                "match: a, history: {maxAge: 1h} | history.stream | This key is missing: add it.",
                "match: a, history: {stream: s, maxBytes: 1MiB, segmentBytes: 512KiB} | history.segmentBytes | maxBytes must hold"
                        + " at least 4 segments: write 256KiB or less.",
                "match: a, exchange: \"\" | exchange | The value is empty: give one."
            })
    void aRuleThatContradictsItselfIsRefused(String rule, String key, String sentence) {
        assertThat(rejected("topics: [{" + rule + "}]"))
                .extracting(Problem::toString)
                .contains("f:1: topics[0]." + key + ": " + sentence);
    }

    @Test
    void aCorrectFileMayBeServed() {
        assertThat(loaded(SERVABLE).refusals()).isEmpty();
        assertThat(loaded(SERVABLE).warnings()).isEmpty();
    }

    @Test
    void anAckTimeoutThatIsNotBelowTheBrokersOwnIsWarnedOf() {
        assertThat(loaded("insecure: true\ntopics: [{match: a, queue: q, ackTimeout: 29m}]")
                        .warnings())
                .isEmpty();
        assertThat(loaded("insecure: true\ntopics: [{match: a, queue: q, ackTimeout: 30m}]")
                        .warnings())
                .extracting(Problem::key)
                .containsExactly("topics[0].ackTimeout");
    }

    @Test
    void serveRefusesWhatIsNotClosed() {
        assertThat(loaded("insecure: false").refusals())
                .extracting(Problem::key)
                .containsExactly("origins", "permissions", "authentication");
        assertThat(loaded("insecure: true").refusals()).isEmpty();
    }

    @Test
    void serveRefusesEveryOriginOnItsLine() {
        assertThat(loaded(SERVABLE.replace("[\"https://app.example.com\"]", "\n  - \"https://a.example\"\n  - \"*\""))
                        .refusals())
                .extracting(Problem::toString)
                .containsExactly(
                        "f:3: origins[1]: \"*\" lets every page of the web connect: list the origins of yours.");
    }

    @ParameterizedTest
    @CsvSource({
        "http://id.example.com/jwks.json, false",
        "HTTP://id.example.com/jwks.json, false",
        "http://localhost.evil.example/, false",
        "http://localhost:8080/jwks.json, true",
        "http://127.0.0.1/jwks.json, true",
        "http://[::1]/jwks.json, true",
        "https://id.example.com/jwks.json, true"
    })
    void keysAreFetchedOverHttpFromThisHostOnly(String uri, boolean allowed) {
        Authentication.Issuer issuer = new Authentication.Issuer("a", null, List.of("RS256"), null, uri, null);
        Configuration configuration = withIssuer(issuer);

        assertThat(ServeRules.refusals(configuration))
                .extracting(Finding::key)
                .isEqualTo(allowed ? List.of() : List.of("authentication.jwt[0].jwksUri"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "amqp://guest:guest@rabbitmq/%2f | false",
                "amqp://rabbitmq | false",
                "amqps://guest@192.0.2.1:5671/v | false",
                "amqp://guest:guest@localhost:5672/%2f | true",
                "amqp://guest:guest@127.0.0.1 | true",
                "amqp://[::1] | true",
                "amqp://sluice:x@rabbitmq | true",
                "amqp://guests:x@rabbitmq | true"
            })
    void theUserGuestIsForThisMachineOnly(String uri, boolean allowed) {
        assertThat(loaded(SERVABLE + "amqp: {uris: [\"" + uri + "\"]}").refusals())
                .extracting(Problem::key)
                .isEqualTo(allowed ? List.of() : List.of("amqp.uris[0]"));
    }

    @Test
    void aNodeWhereNobodyMayDoAnythingIsRefused() {
        assertThat(loaded(SERVABLE.replace("{subscribe:", "{role: trader, subscribe:"))
                        .refusals())
                .extracting(Problem::key)
                .containsExactly("permissions");
    }

    @ParameterizedTest
    @CsvSource({
        "http://auth.example.com/who, false",
        "http://127.0.0.1:8000/who, true",
        "https://auth.example.com/who, true"
    })
    void aHookIsAWayToLogInButNotInTheClear(String url, boolean allowed) {
        String yaml = SERVABLE.replace("{anonymous: true}", "{hook: {url: \"" + url + "\"}}")
                .replace("{subscribe:", "{role: trader, subscribe:");
        assertThat(loaded(yaml).refusals())
                .extracting(Problem::key)
                .isEqualTo(allowed ? List.of() : List.of("authentication.hook.url"));
    }

    @Test
    void aPrivateKeyThatEverybodyCanReadIsRefused(@TempDir Path directory) throws IOException {
        Path key = Files.writeString(directory.resolve("tls.key"), "");
        Files.writeString(directory.resolve("tls.crt"), "");
        Path file = Files.writeString(
                directory.resolve("sluice.yaml"),
                SERVABLE + "listeners: [{port: 0, tls: {certificate: tls.crt, key: tls.key}}]\n");
        for (boolean open : List.of(true, false)) {
            Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(open ? "rw-r--r--" : "rw-r-----"));
            LoadResult.Loaded loaded = (LoadResult.Loaded) ConfigurationLoader.load(file, Map.of());
            assertThat(loaded.refusals())
                    .extracting(Problem::toString)
                    .isEqualTo(
                            open
                                    ? List.of(file
                                            + ":5: listeners[0].tls.key: Every user of this machine can read the private key: chmod o-r "
                                            + key + ".")
                                    : List.of());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "authentication: {cookie: \"a b\"} | authentication.cookie",
                "authentication: {hook: {}} | authentication.hook.url",
                "authentication: {hook: {url: \"ftp://a/b\"}} | authentication.hook.url",
                "authentication: {hook: {url: \"http://u:p@a/b\"}} | authentication.hook.url",
                "authentication: {hook: {url: \"http://a/b\", headers: []}} | authentication.hook.headers",
                "authentication: {hook: {url: \"http://a/b\", headers: [\"a:b\"]}} | authentication.hook.headers[0]",
                "authentication: {jwt: [{issuer: mtls, jwksUri: \"https://a/b\"}]} | authentication.jwt[0].issuer",
                "authentication: {jwt: [{issuer: a, algorithms: [HS512], secret: 0123456789abcdef0123456789abcdef}]}"
                        + " | authentication.jwt[0].secret",
                "authentication: {jwt: [{issuer: a, secret: 0123456789abcdef0123456789abcdef, publicKey: k}]}"
                        + " | authentication.jwt[0].secret",
                "proxies: [10.0.0.1/8] | proxies[0]",
                "proxies: [proxy.example.com] | proxies[0]",
                "amqp: {tls: {ca: a}} | amqp.tls",
                "amqp: {uris: [\"amqps://u:p@a\"], tls: {}} | amqp.tls.ca",
                "amqp: {uris: [\"amqps://u:p@a\"], tls: {certificate: a}} | amqp.tls.key",
                "listeners: [{port: 0, tls: {certificate: a, key: b, sni: [{host: \"*\", certificate: a, key: b}]}}]"
                        + " | listeners[0].tls.sni[0].host",
                "listeners: [{port: 0, tls: {certificate: a, key: b, sni: [{host: \"a.*.b\", certificate: a, key: b}]}}]"
                        + " | listeners[0].tls.sni[0].host",
                "listeners: [{port: 0, tls: {certificate: a, key: b, clientCertificate: optional}}]"
                        + " | listeners[0].tls.clientCertificate"
            })
    void whatCannotBeMeantIsRefusedAtItsKey(String yaml, String key) {
        assertThat(rejected(yaml)).extracting(Problem::key).contains(key);
    }

    @Test
    void thePasswordOfTheBrokerMayStandInAFile(@TempDir Path directory) throws IOException {
        Files.writeString(directory.resolve("password"), "p@ss/ wörd\n");
        Path file = Files.writeString(
                directory.resolve("sluice.yaml"),
                "amqp: {uris: [\"amqp://sluice@one/v\", \"amqp://sluice:own@two/v\", \"amqp://three\"], passwordFile: password}\n");

        Configuration read = ((LoadResult.Loaded) ConfigurationLoader.load(file, Map.of())).configuration();

        assertThat(read.amqp().uris())
                .containsExactly(
                        "amqp://sluice:p%40ss%2F%20w%C3%B6rd@one/v", "amqp://sluice:own@two/v", "amqp://three");
        assertThat(read.toString()).doesNotContain("p%40ss", "own@");
    }

    @Test
    void aRuleThatAnEarlierOneCoversIsWarnedOf() {
        assertThat(loaded("topics:\n  - {match: \"#\"}\n  - {match: \"a.*\"}\n  - {match: a.b}")
                        .warnings())
                .extracting(Problem::toString)
                .containsExactly(
                        "f:3: topics[1].match: This rule has no effect: topics[0] above it, #, decides about all its topics."
                                + " Put it above that one.",
                        "f:4: topics[2].match: This rule has no effect: topics[0] above it, #, decides about all its topics."
                                + " Put it above that one.");
    }

    @Test
    void aFileWithNoTopicRuleIsWarnedOf() {
        assertThat(loaded("insecure: true").warnings()).extracting(Problem::key).containsExactly("topics");
    }

    private static Configuration withIssuer(Authentication.Issuer issuer) {
        Configuration base = loaded(SERVABLE).configuration();
        return new Configuration(
                base.listeners(),
                base.proxies(),
                base.operations(),
                base.amqp(),
                base.origins(),
                new Authentication(false, base.authentication().timeout(), false, "", "roles", List.of(issuer), null),
                base.topics(),
                base.permissions(),
                base.limits(),
                base.websocket(),
                base.fanout(),
                base.drain(),
                base.log(),
                false);
    }

    private static LoadResult.Loaded loaded(String yaml) {
        LoadResult result = ConfigurationLoader.parse("f", yaml, Map.of());
        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        return (LoadResult.Loaded) result;
    }

    private static List<Problem> rejected(String yaml) {
        LoadResult result = ConfigurationLoader.parse("f", yaml, Map.of());
        assertThat(result).isInstanceOf(LoadResult.Rejected.class);
        return ((LoadResult.Rejected) result).problems();
    }
}
