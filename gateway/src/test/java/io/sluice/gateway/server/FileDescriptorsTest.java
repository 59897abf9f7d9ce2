package io.sluice.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How many connections fit into what the process may open. */
final class FileDescriptorsTest {

    @Test
    void connectionsThatAreThereTakeNothingFromTheLimitThatCountsThem() {
        int none = FileDescriptors.within(Integer.MAX_VALUE, 1, 0).connections();
        int many = FileDescriptors.within(Integer.MAX_VALUE, 1, 10_000).connections();

        assertThat(none).isPositive().isLessThan(Integer.MAX_VALUE - 20_000);
        assertThat(many).isGreaterThan(none + 5000);
    }
}
