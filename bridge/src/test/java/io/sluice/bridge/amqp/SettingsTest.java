package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @ParameterizedTest
    @CsvSource({
        "amqp://guest:s3cret@localhost:5672/%2f, amqp://guest@localhost:5672/%2f",
        "amqps://u%40x:s3cret@broker.example/v, amqps://u%40x@broker.example/v",
        "amqp://broker.example:1/v?password=s3cret, amqp://broker.example:1/v",
        "amqp://g:s3cret@[::1]:5672/, amqp://g@[::1]:5672/",
    })
    void aUriPrintsItselfWithoutThePassword(String text, String printed) {
        assertThat(AmqpUri.of(text)).hasToString(printed);
        assertThat(AmqpSettings.of(List.of(text)).toString()).contains(printed).doesNotContain("s3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "http://guest:s3cret@localhost",
                "amqp://guest:s3cret@",
                "amqp://guest:s3 cret@localhost",
                "amqp://guest:s3cret@localhost/a/b",
                "amqp://guest:s3cret@localhost:port",
            })
    void whatIsNoUriIsRefusedWithoutThePassword(String text) {
        assertThatThrownBy(() -> AmqpSettings.of(List.of("amqp://localhost", text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("amqp.uris[1] is not an AMQP URI: write amqp://user:password@host:5672/vhost.")
                .hasNoCause();
    }

    @Test
    void withoutAUriThereIsNothingToConnectTo() {
        assertThatThrownBy(() -> AmqpSettings.of(List.of())).hasMessageStartingWith("amqp.uris is empty");
    }

    @Test
    void theBackoffDoublesUpToItsLimitWithJitterAndStartsAnew() {
        Backoff backoff = new Backoff(Duration.ofNanos(1000), Duration.ofNanos(4000));
        for (int round = 0; round < 100; round++) {
            assertThat(backoff.nextNanos()).isBetween(500L, 1000L);
            assertThat(backoff.nextNanos()).isBetween(1000L, 2000L);
            assertThat(backoff.nextNanos()).isBetween(2000L, 4000L);
            assertThat(backoff.nextNanos()).isBetween(2000L, 4000L);
            backoff.reset();
        }
    }

    @Test
    void theWindowTakesWhatItHasRoomForAndNoMore() {
        Window window = new Window(2, 10);
        assertThat(window.reserve(10)).isTrue();
        assertThat(window.reserve(1)).isFalse();
        assertThat(window.reserve(0)).isTrue();
        assertThat(window.reserve(0)).isFalse();
        window.release(10);
        assertThat(window.reserve(11)).isFalse();
        assertThat(window.reserve(10)).isTrue();
        assertThat(window.count()).isEqualTo(2);
    }
}
