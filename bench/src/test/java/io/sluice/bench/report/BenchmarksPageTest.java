package io.sluice.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BenchmarksPageTest {

    private final Samples samples = new Samples();

    @Test
    void aBoundThatIsMetSaysYesWithItsMedianAndRange() {
        put("saturated-1000x128", "Sluice", "server-us", 0.25, 0.3, 0.2);
        put("saturated-1000x128", "bare Netty", "server-us", 0.2, 0.2, 0.2);

        assertThat(page()).contains("| ≤ 1.80× | 1.25× (1.00–1.50) | yes |");
    }

    @Test
    void aBoundThatIsMissedStaysWithItsReason() {
        put("saturated-1000x128", "Sluice", "server-us", 0.5);
        put("saturated-1000x128", "bare Netty", "server-us", 0.25);

        assertThat(page()).contains("| ≤ 1.80× | 2.00× | **no**: Sluice 0.500 µs, bare Netty 0.250 µs |");
    }

    @Test
    void whatWasNotMeasuredIsSaidToBeSo() {
        assertThat(page()).contains("| ≤ 3.00× | – | not measured |").doesNotContain("NaN");
    }

    @Test
    void whatFailedStandsThereWithItsReasonAndSurvivesTheFile(@TempDir Path directory) throws IOException {
        put("saturated-1000x128", "Sluice", "server-us", 0.5);
        samples.add(new Failure("tls-1000x128", "Sluice", 2, "3 messages were not delivered,\nwithin 10 s"));
        samples.write(directory.resolve("tls.csv"));

        String page = new BenchmarksPage(Samples.in(directory)).markdown("benchmarks.svg");
        assertThat(page)
                .contains("| tls-1000x128 | Sluice | 2 | 3 messages were not delivered, within 10 s |", "0.500 µs");
    }

    @Test
    void eachJvmStandsBesideTheFirst() {
        put(Jvms.SATURATED + "Java 17", "Sluice", "server-us", 0.2);
        put(Jvms.SATURATED + "Java 25: ZGC", "Sluice", "server-us", 0.3);
        put(Jvms.IDLE + "Java 25: ZGC", "Sluice", "heap-bytes", 1500);

        assertThat(page())
                .contains(
                        "| Java 17 | 0.200 µs | 1.00× | – |",
                        "| Java 25: ZGC | 0.300 µs | 1.50× | – | – | – | 1,500 B | – |");
    }

    @Test
    void aSizeIsWorkedOutOnceThereAreSessionsAndDeliveriesToWorkItOutFrom() {
        for (String scenario : new String[] {"idle-1000", "idle-5000", "idle-18000"}) {
            put(scenario, "Sluice", "heap-bytes", 2000);
            put(scenario, "Sluice", "beside-bytes", 1000);
            put(scenario, "Sluice", "kernel-bytes", 3000);
        }
        put("idle-18000", "Sluice", "server-cores", 0.018);
        put("handshakes", "Sluice", "server-us", 120);
        put("paced-1000x20", "Sluice", "server-us", 8);
        put("saturated-1000x128", "Sluice", "server-us", 0.2);
        put("saturated-100x128", "Sluice", "deliveries-per-s", 1e6);
        put("saturated-100x128", "Sluice", "broker-cores", 0.5);

        // 100,000 x (1 µs + 1 x 8 µs) / 0.6; 100,000 x 120 µs / 120 s / 0.6; 100,000 x (2 x 2000 + 1000 + 3000) B.
        assertThat(page())
                .contains("it does not grow")
                .contains("| 100,000 | 1.0 | 1.5 | 0.2 | 0.8 GB | 2 + 1 | 0.4 GB |")
                .contains("| 1,000,000 | 1.0 | 15.0 | 1.7 | 8.0 GB | 20 + 1 | 0.4 GB |")
                .contains("50 µs of its CPU")
                .doesNotContain("NaN");
    }

    @Test
    void theChartHasABarForEachServer() {
        put("saturated-1000x128", "Sluice", "server-us", 0.25);
        put("saturated-1000x128", "RabbitMQ Web STOMP", "server-us", 65);

        assertThat(new BarChart(samples).svg())
                .startsWith("<svg ")
                .contains(">RabbitMQ Web STOMP</text>", ">65.0 µs</text>", ">0.250 µs</text>");
    }

    private String page() {
        return new BenchmarksPage(samples).markdown("benchmarks.svg");
    }

    private void put(String scenario, String server, String metric, double... values) {
        for (int round = 0; round < values.length; round++) {
            samples.add(new Sample(scenario, server, round, metric, values[round]));
        }
    }
}
