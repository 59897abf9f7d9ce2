package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code sluice check} says of a broker's age. */
final class BrokerVersionTest {

    @ParameterizedTest
    @CsvSource({
        "RabbitMQ 3.8.34, older than any",
        "RabbitMQ 3.9.29, older than any",
        "RabbitMQ 3.10.8, no security fixes any more",
        "RabbitMQ 3.13.7, no security fixes any more",
        "RabbitMQ 4.0.9, known faults",
        "RabbitMQ 4.2.9, known faults",
        "RabbitMQ 4.3.4, known faults",
        "RabbitMQ 4.3.0-rc.1, known faults",
    })
    void oneThatIsTooOldIsToldToUpgrade(String name, String why) {
        assertThat(BrokerVersion.of(name).advice())
                .startsWith("The broker is " + name)
                .contains(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RabbitMQ 4.2.10",
                "RabbitMQ 4.2.11",
                "RabbitMQ 4.3.5",
                "RabbitMQ 4.10.0",
                "RabbitMQ 5.0",
                "RabbitMQ",
                ""
            })
    void oneThatIsNewOrUnknownIsLeftAlone(String name) {
        assertThat(BrokerVersion.of(name).advice()).isNull();
    }

    @Test
    void streamsCameWith39() {
        assertThat(BrokerVersion.of("RabbitMQ 3.8.34").hasStreams()).isFalse();
        assertThat(BrokerVersion.of("RabbitMQ 3.9.0").hasStreams()).isTrue();
    }
}
