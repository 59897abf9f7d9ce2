package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantPatternTest {

    @ParameterizedTest
    @CsvSource({
        "users.{sub}.#, users.alice.#",
        "{sub}, alice",
        "{claim.tenant}.{sub}, acme.alice",
        "t-{claim.tenant}-x.*, t-acme-x.*",
        "{claim.https://example.com/id}.a, 42.a",
        "a.*.#, a.*.#"
    })
    void placeholdersAreFilledFromTheToken(String grant, String filled) {
        Map<String, String> values = Map.of("sub", "alice", "tenant", "acme", "https://example.com/id", "42");

        assertThat(GrantPattern.problem(grant)).isNull();
        assertThat(GrantPattern.of(grant).fill(values::get)).hasToString(filled);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "a.b", "*", "#", "a*", "a#b", "x.#", "\n", "\u202e", "\ud800", "e\u0301"})
    void aValueThatIsNoPlainWordVoidsTheGrant(String value) {
        assertThat(GrantPattern.of("users.{sub}.#").fill(claim -> value)).isNull();
        assertThat(GrantPattern.of("users.x{sub}").fill(claim -> value)).isNull();
    }

    @Test
    void aMissingValueVoidsTheGrant() {
        assertThat(GrantPattern.of("users.{sub}.#").fill(claim -> null)).isNull();
    }

    @Test
    void aValueIsNotLookedThroughForPlaceholders() {
        assertThat(GrantPattern.of("{sub}.{claim.b}").fill(claim -> claim.equals("sub") ? "{}" : "x"))
                .hasToString("{}.x");
        assertThat(GrantPattern.of("{sub}").fill(claim -> "{claim.b}")).isNull();
    }

    @Test
    void aValueThatMakesThePatternTooLongOrDenormalizesItVoidsTheGrant() {
        assertThat(GrantPattern.of("a.{sub}").fill(claim -> "x".repeat(253))).isNotNull();
        assertThat(GrantPattern.of("a.{sub}").fill(claim -> "x".repeat(254))).isNull();
        assertThat(GrantPattern.of("e{sub}").fill(claim -> "\u0301")).isNull();
    }

    @Test
    void theWidestPatternHasAnyWordForAPlaceholder() {
        assertThat(GrantPattern.of("users.{sub}.#").widest()).hasToString("users.*.#");
        assertThat(GrantPattern.of("t-{claim.a.b}.x").widest()).hasToString("*.x");
        assertThat(GrantPattern.of("a.b").widest()).hasToString("a.b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "{claim.}",
                "{user}",
                "{sub",
                "sub}",
                "{{sub}}",
                "a.{sub}{claim.x}",
                "{sub}-{claim.x}",
                "#.{sub}.#",
                "a..{sub}"
            })
    void otherTextsAreNoGrant(String grant) {
        assertThat(GrantPattern.problem(grant)).isNotNull();
    }
}
