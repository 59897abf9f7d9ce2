package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NearestTest {

    @Test
    void theDistanceCountsInsertionsDeletionsAndReplacements() {
        assertThat(Nearest.distance("", "")).isZero();
        assertThat(Nearest.distance("", "abc")).isEqualTo(3);
        assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
        assertThat(Nearest.distance("origin", "origins")).isEqualTo(1);
    }

    @Test
    void theNearestWordIsFoundWhateverItsCase() {
        assertThat(Nearest.of("PINGINTERVAL", List.of("closeTimeout", "pingInterval", "pongTimeout")))
                .isEqualTo("pingInterval");
        assertThat(Nearest.of("x", List.of("b", "a"))).isEqualTo("a");
    }
}
