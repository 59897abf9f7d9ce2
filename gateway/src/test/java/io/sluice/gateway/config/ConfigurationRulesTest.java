package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
    void whatIsNotYetSupportedIsToldAllTogetherWithItsLine() {
        assertThat(rejected("""
                        operations: {adminToken: secret}
                        topics:
                          - {match: "a.#", exchange: a, history: {stream: s}}
                          - {match: b, queue: q}
                          - match: c
                            binding: perPattern
                            narrow: true
                        permissions:
                          - {request: ["rpc.#"]}
                        limits: {maxAge: 1h}
                        """))
                .extracting(problem -> problem.line() + " " + problem.key())
                .containsExactly(
                        "1 operations.adminToken",
                        "3 topics[0].history",
                        "4 topics[1].queue",
                        "6 topics[2].binding",
                        "7 topics[2].narrow",
                        "9 permissions[0].request",
                        "10 limits.maxAge");
    }

    @Test
    void aCorrectFileMayBeServed() {
        assertThat(loaded(SERVABLE).refusals()).isEmpty();
        assertThat(loaded(SERVABLE).warnings()).isEmpty();
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
        Configuration.Issuer issuer = new Configuration.Issuer("a", null, List.of("RS256"), null, uri, null);
        Configuration configuration = withIssuer(issuer);

        assertThat(ServeRules.refusals(configuration))
                .extracting(Finding::key)
                .isEqualTo(allowed ? List.of() : List.of("authentication.jwt[0].jwksUri"));
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

    private static Configuration withIssuer(Configuration.Issuer issuer) {
        Configuration base = loaded(SERVABLE).configuration();
        return new Configuration(
                base.listeners(),
                base.proxies(),
                base.operations(),
                base.amqp(),
                base.origins(),
                new Configuration.Authentication(
                        false, base.authentication().timeout(), false, "", "roles", List.of(issuer), null),
                base.topics(),
                base.permissions(),
                base.limits(),
                base.websocket(),
                base.fanout(),
                base.drain(),
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
