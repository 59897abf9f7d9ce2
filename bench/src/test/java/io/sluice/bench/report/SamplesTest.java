package io.sluice.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SamplesTest {

    @TempDir
    private Path directory;

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        Samples written = new Samples();
        written.note("a machine");
        written.add(new Sample("saturated", "Sluice", 1, "server-us", 0.25));
        written.write(directory.resolve("core.csv"));

        Samples read = Samples.in(directory);
        assertThat(read.circumstances()).containsExactly("a machine");
        assertThat(read.spread("saturated", "Sluice", "server-us")).isEqualTo(new Spread(1, 0.25, 0.25, 0.25));
    }

    @Test
    void whatWasNotMeasuredHasNoSpread() throws IOException {
        assertThat(Samples.in(directory.resolve("missing"))
                        .spread("saturated", "Sluice", "server-us")
                        .measured())
                .isFalse();
    }

    @Test
    void aRatioIsTakenRoundByRoundAndOnlyWhereBothWereMeasured() {
        Samples samples = new Samples();
        samples.add(new Sample("saturated", "Sluice", 1, "server-us", 2));
        samples.add(new Sample("saturated", "Sluice", 2, "server-us", 30));
        samples.add(new Sample("saturated", "Sluice", 3, "server-us", 1));
        samples.add(new Sample("saturated", "bare Netty", 1, "server-us", 1));
        samples.add(new Sample("saturated", "bare Netty", 2, "server-us", 10));

        assertThat(samples.ratio("saturated", "Sluice", "bare Netty", "server-us"))
                .isEqualTo(new Spread(2, 2.5, 2, 3));
    }

    @Test
    void aLossIsWhatIsMissingToOne() {
        Spread loss = new Spread(3, 0.75, 0.5, 1).lossFromOne();

        assertThat(loss).isEqualTo(new Spread(3, 0.25, 0, 0.5));
    }
}
