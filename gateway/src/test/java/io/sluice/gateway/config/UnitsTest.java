package io.sluice.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {

    @ParameterizedTest
    @CsvSource({"250ms,PT0.25S", "30s,PT30S", "5m,PT5M", "2h,PT2H", "1d,PT24H", "0s,PT0S", "90s,PT1M30S"})
    void aDurationIsAWholeNumberAndAUnit(String text, Duration duration) {
        assertThat(Units.duration(text)).isEqualTo(duration);
        assertThat(Units.duration(Units.text(duration))).isEqualTo(duration);
    }

    @ParameterizedTest
    @CsvSource({"512B,512", "64KiB,65536", "1MiB,1048576", "2GiB,2147483648", "0B,0"})
    void aSizeIsAWholeNumberAndABinaryUnit(String text, long bytes) {
        assertThat(Units.size(text)).isEqualTo(bytes);
        assertThat(Units.text(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "5",
                "s",
                "-5s",
                "1.5s",
                "5 s",
                "5S",
                "5min",
                "PT5S",
                "1w",
                "999999999999999999d",
                "9999999999999999999s"
            })
    void anythingElseIsNoDuration(String text) {
        assertThat(Units.duration(text)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "64KB", "64kib", "64K", "-1KiB", "1.5MiB", "1TiB", "999999999999999999GiB"})
    void anythingElseIsNoSize(String text) {
        assertThat(Units.size(text)).isNull();
    }

    @Test
    void theGreatestExactUnitIsWritten() {
        assertThat(Units.text(Duration.ofDays(365))).isEqualTo("365d");
        assertThat(Units.text(Duration.ofSeconds(90))).isEqualTo("90s");
        assertThat(Units.text(Duration.ofMillis(1))).isEqualTo("1ms");
        assertThat(Units.text(1025)).isEqualTo("1025B");
    }
}
