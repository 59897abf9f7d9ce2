package io.sluice.gateway.policy;

import static io.sluice.gateway.policy.Action.PUBLISH;
import static io.sluice.gateway.policy.Action.REQUEST;
import static io.sluice.gateway.policy.Action.SUBSCRIBE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Permission;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrantsTest {

    private static final Principal ALICE =
            principal(Map.of("sub", "alice", "tenant", "acme", "level", 7, "roles", List.of("trader")));

    private final Grants configured = new Grants(List.of(
            new Permission(null, List.of("prices.#"), List.of(), List.of()),
            new Permission("authenticated", List.of("users.{sub}.#"), List.of("chat.*"), List.of("rpc.#")),
            new Permission("trader", List.of("ticker.{claim.tenant}.*"), List.of("level.{claim.level}"), List.of())));

    @Test
    void whatNoGrantAllowsIsForbidden() {
        assertThat(allows(ALICE, SUBSCRIBE, "other")).isFalse();
        assertThat(new Grants(List.of()).allows(ALICE, SUBSCRIBE, TopicPattern.of("a")))
                .isFalse();
    }

    @Test
    void aGrantWithNoRoleIsForEverybody() {
        assertThat(allows(ALICE, SUBSCRIBE, "prices.eur")).isTrue();
        assertThat(allows(Principal.ANONYMOUS, SUBSCRIBE, "prices.eur")).isTrue();
    }

    @Test
    void aRoleNeedsToBeHeld() {
        Principal bob = principal(Map.of("sub", "bob", "tenant", "acme"));

        assertThat(allows(ALICE, SUBSCRIBE, "ticker.acme.*")).isTrue();
        assertThat(allows(bob, SUBSCRIBE, "ticker.acme.*")).isFalse();
        assertThat(allows(bob, PUBLISH, "chat.room")).isTrue();
        assertThat(allows(Principal.ANONYMOUS, PUBLISH, "chat.room")).isFalse();
    }

    @Test
    void oneActionDoesNotAllowAnother() {
        assertThat(allows(ALICE, PUBLISH, "prices.eur")).isFalse();
        assertThat(allows(ALICE, SUBSCRIBE, "rpc.add")).isFalse();
        assertThat(allows(ALICE, REQUEST, "rpc.add")).isTrue();
    }

    @Test
    void placeholdersAreFilledFromTheTokenOfThisPrincipal() {
        assertThat(allows(ALICE, SUBSCRIBE, "users.alice.#")).isTrue();
        assertThat(allows(ALICE, SUBSCRIBE, "users.bob.#")).isFalse();
        assertThat(allows(ALICE, SUBSCRIBE, "users.*.#")).isFalse();
        assertThat(allows(ALICE, SUBSCRIBE, "users.#")).isFalse();
        assertThat(allows(Principal.ANONYMOUS, SUBSCRIBE, "users.alice.#")).isFalse();
    }

    @Test
    void aClaimThatIsNoTextVoidsTheGrant() {
        assertThat(allows(ALICE, PUBLISH, "level.7")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"*", "#", "alice.*", "a.b", "", "\u202e"})
    void aClaimNeverWidensAGrant(String subject) {
        Principal mallory = principal(Map.of("sub", subject));

        assertThat(allows(mallory, SUBSCRIBE, "users.alice.inbox")).isFalse();
        assertThat(allows(mallory, SUBSCRIBE, "users.alice.b")).isFalse();
        assertThat(allows(mallory, SUBSCRIBE, "users.#")).isFalse();
    }

    @Test
    void twoGrantsTogetherDoNotMakeOne() {
        Grants halves = new Grants(List.of(new Permission(null, List.of("a", "a.*.#"), List.of(), List.of())));

        assertThat(halves.allows(ALICE, SUBSCRIBE, TopicPattern.of("a"))).isTrue();
        assertThat(halves.allows(ALICE, SUBSCRIBE, TopicPattern.of("a.*.#"))).isTrue();
        assertThat(halves.allows(ALICE, SUBSCRIBE, TopicPattern.of("a.#"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"#", "*", "*.secret", "tenantA.#", "tenantA.*.#", "tenantA.news.#", "tenantA.news"})
    void aSubscriptionWiderThanTheGrantIsForbidden(String pattern) {
        Grants grants = new Grants(List.of(new Permission(null, List.of("tenantA.news.*"), List.of(), List.of())));

        assertThat(grants.allows(ALICE, SUBSCRIBE, TopicPattern.of(pattern))).isFalse();
    }

    @Test
    void aTopicIsAllowedLikeThePatternThatIsThisTopic() {
        GrantedPatterns alice = configured.of(ALICE);

        assertThat(alice.allows(PUBLISH, "chat.room")).isTrue();
        assertThat(alice.allows(PUBLISH, "chat.room.a")).isFalse();
        assertThat(alice.allows(PUBLISH, "prices.eur")).isFalse();
    }

    @Test
    void someoneMaySubscribeWhereAGrantOverlapsWhateverTheTokenSays() {
        assertThat(configured.anySubscribe(TopicPattern.of("users.*.inbox"))).isTrue();
        assertThat(configured.anySubscribe(TopicPattern.of("#"))).isTrue();
        assertThat(configured.anySubscribe(TopicPattern.of("ticker.acme.a"))).isTrue();
        assertThat(configured.anySubscribe(TopicPattern.of("ticker.acme.a.b"))).isFalse();
        assertThat(configured.anySubscribe(TopicPattern.of("rpc.#"))).isFalse();
        assertThat(configured.anySubscribe(TopicPattern.of("chat.*"))).isFalse();
    }

    @Test
    void itIsExplainedWhichGrantDecided() {
        GrantedPatterns alice = configured.of(ALICE);

        assertThat(alice.explain(SUBSCRIBE, TopicPattern.of("users.alice.inbox")))
                .isEqualTo("subscribe users.alice.inbox is allowed by permissions[1], users.{sub}.#.");
        assertThat(alice.explain(SUBSCRIBE, TopicPattern.of("users.#")))
                .isEqualTo("subscribe users.# is forbidden: no grant contains all of it. Those for subscribe are"
                        + " permissions[0] prices.#, permissions[1] users.alice.#, permissions[2] ticker.acme.*.");
    }

    /** A million (grant, subscription, routing key): what is delivered was granted. */
    @Test
    void whatIsDeliveredWasGranted() {
        Random random = new Random(101);
        int allowed = 0;
        int delivered = 0;
        for (int i = 0; i < 1000; i++) {
            Grants grants = new Grants(List.of(
                    new Permission(null, List.of(pattern(random), pattern(random)), List.of(), List.of()),
                    new Permission("authenticated", List.of("a.{sub}.#"), List.of(), List.of())));
            GrantedPatterns granted = grants.of(principal(Map.of("sub", word(random))));
            for (int j = 0; j < 100; j++) {
                TopicPattern subscription = TopicPattern.of(pattern(random));
                boolean allows = granted.allows(SUBSCRIBE, subscription);
                allowed += allows ? 1 : 0;
                for (int k = 0; k < 10; k++) {
                    String key = key(random);
                    if (allows && subscription.matches(key)) {
                        delivered++;
                        assertThat(granted.allows(SUBSCRIBE, key))
                                .as("seed 101: '%s' by %s", key, subscription)
                                .isTrue();
                    }
                }
            }
        }
        assertThat(allowed).as("the test tests something").isGreaterThan(10_000);
        assertThat(delivered).as("the test tests something").isGreaterThan(10_000);
    }

    @Test
    void aSubscriptionThatNoGrantMeetsHasNothing() {
        GrantedPatterns grants = new Grants(
                        List.of(new Permission(null, List.of("a.b", "c.#"), List.of("x.#"), List.of())))
                .of(Principal.ANONYMOUS);

        assertThat(grants.overlapping(SUBSCRIBE, TopicPattern.of("#")))
                .extracting(TopicPattern::toString)
                .containsExactly("a.b", "c.#");
        assertThat(grants.overlapping(SUBSCRIBE, TopicPattern.of("a.*")))
                .extracting(TopicPattern::toString)
                .containsExactly("a.b");
        assertThat(grants.overlapping(SUBSCRIBE, TopicPattern.of("x.#"))).isEmpty();
    }

    private static String pattern(Random random) {
        StringBuilder pattern = new StringBuilder();
        boolean hash = false;
        for (int words = 1 + random.nextInt(4); words > 0; words--) {
            String word = List.of("a", "b", "*", "*", "#").get(random.nextInt(5));
            if (word.equals("#") && hash) {
                word = "a";
            }
            hash |= word.equals("#");
            pattern.append(pattern.isEmpty() ? "" : ".").append(word);
        }
        return pattern.toString();
    }

    private static String key(Random random) {
        StringBuilder key = new StringBuilder();
        for (int words = random.nextInt(6); words > 0; words--) {
            key.append(key.isEmpty() ? "" : ".")
                    .append(List.of("a", "b", "c", "").get(random.nextInt(4)));
        }
        return key.toString();
    }

    private static String word(Random random) {
        return List.of("a", "b", "*", "#", "a.b", "").get(random.nextInt(6));
    }

    private boolean allows(Principal principal, Action action, String pattern) {
        return configured.allows(principal, action, TopicPattern.of(pattern));
    }

    private static Principal principal(Map<String, Object> claims) {
        return Principal.of("id", String.valueOf(claims.get("sub")), claims, "roles", Instant.MAX);
    }
}
