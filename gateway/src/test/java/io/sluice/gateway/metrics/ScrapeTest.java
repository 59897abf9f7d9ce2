package io.sluice.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a scrape costs does not depend on how many sessions there are. */
@Tag("alone")
final class ScrapeTest {

    private static final List<String> RULES =
            IntStream.range(0, 10).mapToObj(rule -> "rule" + rule + ".#").toList();

    @Test
    void aHundredThousandSessionsAreNoMoreSeriesThanTen() {
        assertThat(series(registry(100_000))).hasSameSizeAs(series(registry(10)));
    }

    @Test
    void aScrapeAtAHundredThousandSessionsTakesLessThan200Milliseconds() {
        PrometheusMeterRegistry registry = registry(100_000);
        registry.scrape();
        long[] nanos = new long[21];
        for (int i = 0; i < nanos.length; i++) {
            long start = System.nanoTime();
            registry.scrape();
            nanos[i] = System.nanoTime() - start;
        }
        Arrays.sort(nanos);

        Duration median = Duration.ofNanos(nanos[nanos.length / 2]);
        System.out.printf(
                "a scrape at 100,000 sessions and %d rules: %d series, %d bytes, %.1f ms (median of %d)%n",
                RULES.size(),
                series(registry).size(),
                registry.scrape().length(),
                median.toNanos() / 1e6,
                nanos.length);
        assertThat(median).isLessThan(Duration.ofMillis(200));
    }

    /** After {@code sessions} have come, subscribed, received, published and been slow, as {@code sluice serve} counts it. */
    private static PrometheusMeterRegistry registry(int sessions) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        RuntimeMeters.register(registry);
        Meters meters = new Meters(registry, RULES);
        for (int session = 0; session < sessions; session++) {
            RuleMeters rule = meters.rule(session % RULES.size());
            meters.handshake("accepted");
            meters.connections("websocket", "sluice.v1.json", 1);
            rule.subscribed(1);
            rule.received();
            rule.delivered(3);
            rule.delay(session);
            meters.published(RULES.get(session % RULES.size()), "confirmed");
            meters.requested(RULES.get(session % RULES.size()), "replied");
            meters.confirmed(session);
            meters.closed(session % 5000);
            meters.authFailure("expired");
            meters.frameRejected("pingTooLong");
            meters.slowSession(RuleMeters.DropReason.SLOW);
        }
        // Every code that is told by its number: those below are in the ten sessions too.
        for (int code = 0; code < 5000; code++) {
            meters.closed(code);
        }
        for (String name : RULES) {
            meters.published(name, "confirmed");
            meters.requested(name, "replied");
        }
        return registry;
    }

    private static List<String> series(PrometheusMeterRegistry registry) {
        return registry.scrape()
                .lines()
                .filter(line -> line.startsWith("sluice_"))
                .toList();
    }
}
