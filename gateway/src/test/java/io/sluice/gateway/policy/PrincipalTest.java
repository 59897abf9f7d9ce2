package io.sluice.gateway.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrincipalTest {

    private static final Instant EXPIRES = Instant.ofEpochSecond(2_000_000_000);

    @Test
    void anonymousHasNoRoleAndNoClaim() {
        assertThat(Principal.ANONYMOUS.anonymous()).isTrue();
        assertThat(Principal.ANONYMOUS.roles()).isEmpty();
        assertThat(Principal.ANONYMOUS.claim("sub")).isNull();
        assertThat(Principal.ANONYMOUS).hasToString("anonymous");
    }

    @Test
    void rolesAreTheTextsOfTheRolesClaimAndAuthenticated() {
        assertThat(with("roles", Map.of("roles", Arrays.asList("trader", 7, null, "admin")))
                        .roles())
                .containsExactlyInAnyOrder("authenticated", "trader", "admin");
        assertThat(with("roles", Map.of("roles", "super admin")).roles())
                .containsExactlyInAnyOrder("authenticated", "super admin");
        assertThat(with("scope", Map.of("scope", "read write")).roles())
                .containsExactlyInAnyOrder("authenticated", "read", "write");
        assertThat(with("roles", Map.of("roles", Map.of("trader", true))).roles())
                .containsExactly("authenticated");
        assertThat(with("roles", Map.of()).roles()).containsExactly("authenticated");
    }

    @Test
    void aClaimIsFoundByItsNameOrByAWayThroughNestedOnes() {
        Principal principal = with(
                "realm.roles",
                Map.of(
                        "a.b",
                        "exact",
                        "a",
                        Map.of("b", "nested", "c", "deep"),
                        "realm",
                        Map.of("roles", List.of("x"))));

        assertThat(principal.claim("a.b")).isEqualTo("exact");
        assertThat(principal.claim("a.c")).isEqualTo("deep");
        assertThat(principal.claim("a")).isNull();
        assertThat(principal.claim("a.c.d")).isNull();
        assertThat(principal.roles()).contains("x");
    }

    @Test
    void aPartOfTheWayMayHaveDotsItselfOrBeEmpty() {
        Principal principal = with(
                "roles",
                Map.of(
                        "https://id.example/claims",
                        Map.of("plan", "gold"),
                        "",
                        Map.of("x", "behind nothing"),
                        "one",
                        Map.of("", Map.of("three", "over nothing"))));

        assertThat(principal.claim("https://id.example/claims.plan")).isEqualTo("gold");
        assertThat(principal.claim(".x")).isEqualTo("behind nothing");
        assertThat(principal.claim("one..three")).isEqualTo("over nothing");
        assertThat(principal.claim("https://id.example/claims.")).isNull();
        assertThat(principal.claim(".")).isNull();
        assertThat(principal.claim("two.x")).isNull();
    }

    @Test
    void claimsMayBeNullAndCannotBeChanged() {
        Map<String, Object> claims = new HashMap<>();
        claims.put("x", null);
        Principal principal = with("roles", claims);
        claims.put("x", "later");

        assertThat(principal.claim("x")).isNull();
    }

    @Test
    void itsTextHasNoClaims() {
        assertThat(with("roles", Map.of("email", "alice@example.com"))).hasToString("alice of id");
    }

    @Test
    void aPrincipalIsTheSameByIssuerAndSubject() {
        Principal alice = with("roles", Map.of());

        assertThat(alice.sameAs(with("roles", Map.of("roles", "x")))).isTrue();
        assertThat(alice.sameAs(Principal.of("other", "alice", Map.of(), "roles", EXPIRES)))
                .isFalse();
        assertThat(alice.sameAs(Principal.of("id", "bob", Map.of(), "roles", EXPIRES)))
                .isFalse();
        assertThat(alice.sameAs(Principal.ANONYMOUS)).isFalse();
    }

    private static Principal with(String rolesClaim, Map<String, Object> claims) {
        return Principal.of("id", "alice", claims, rolesClaim, EXPIRES);
    }
}
