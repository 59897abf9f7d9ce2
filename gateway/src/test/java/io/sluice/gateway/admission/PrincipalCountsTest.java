package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.gateway.policy.Principal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PrincipalCountsTest {

    private final PrincipalCounts counts = new PrincipalCounts(2);

    @Test
    void twoConnectionsOfOneSubjectAreLetInAndNotOneMore() {
        Principal alice = principal("a", "alice");
        EmbeddedChannel first = new EmbeddedChannel();

        assertThat(counts.enter(first, alice)).isTrue();
        assertThat(counts.enter(new EmbeddedChannel(), principal("a", "alice"))).isTrue();
        assertThat(counts.enter(new EmbeddedChannel(), alice)).isFalse();
        assertThat(counts.enter(new EmbeddedChannel(), alice))
                .as("a refusal does not count")
                .isFalse();

        first.close();
        assertThat(counts.enter(new EmbeddedChannel(), alice)).isTrue();
        assertThat(counts.enter(new EmbeddedChannel(), alice)).isFalse();
    }

    @Test
    void theSameNameAtAnotherIssuerIsAnother() {
        fill(principal("a", "alice"));

        assertThat(counts.enter(new EmbeddedChannel(), principal("b", "alice"))).isTrue();
        assertThat(counts.enter(new EmbeddedChannel(), principal("a", "bob"))).isTrue();
    }

    @Test
    void whoHasNoNameIsNotCounted() {
        for (int i = 0; i < 5; i++) {
            assertThat(counts.enter(new EmbeddedChannel(), Principal.ANONYMOUS)).isTrue();
        }
    }

    @Test
    void anotherLimitIsForThoseToCome() {
        Principal alice = principal("a", "alice");
        fill(alice);
        counts.most(3);
        assertThat(counts.enter(new EmbeddedChannel(), alice)).isTrue();
        counts.most(1);
        assertThat(counts.enter(new EmbeddedChannel(), alice)).isFalse();
    }

    private void fill(Principal principal) {
        for (int i = 0; i < 2; i++) {
            counts.enter(new EmbeddedChannel(), principal);
        }
    }

    private static Principal principal(String issuer, String subject) {
        return Principal.of(issuer, subject, Map.of(), "roles", Instant.EPOCH);
    }
}
