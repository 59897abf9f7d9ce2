package io.sluice.gateway.dev;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class SampleEventsTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-22T10:15:30.123456789Z"), ZoneOffset.UTC);
    private static final int HALF_AN_HOUR = 1800 * SampleEvents.TICKS_PER_SECOND;

    @Test
    void theSameSeedGivesTheSameEvents() {
        assertThat(bodies(42, 300)).isEqualTo(bodies(42, 300)).isNotEqualTo(bodies(43, 300));
    }

    @Test
    void thereIsOnePriceInEachTickAndItSaysWhenItWasMade() {
        var events = new SampleEvents(new Random(1), CLOCK);
        for (int tick = 0; tick < 100; tick++) {
            List<SampleEvents.Event> prices =
                    events.next().stream().filter(SampleEventsTest::isPrice).toList();
            assertThat(prices).singleElement().satisfies(price -> {
                assertThat(price.contentType()).isEqualTo("application/json");
                assertThat(json(price).get("time").asString()).isEqualTo("2026-11-22T10:15:30.123456Z");
            });
        }
    }

    @Test
    void aPriceKeepsItsSpreadAndStaysNearWhereItBegan() {
        var first = new HashMap<String, Double>();
        events(7, HALF_AN_HOUR).filter(SampleEventsTest::isPrice).forEach(price -> {
            double bid = json(price).get("bid").doubleValue();
            assertThat(json(price).get("ask").doubleValue()).isGreaterThan(bid);
            double opening = first.computeIfAbsent(price.topic(), topic -> bid);
            assertThat(bid).isBetween(opening * 0.97, opening * 1.03);
        });
        assertThat(first).hasSize(6).containsKey("prices.eur.usd");
    }

    @Test
    void everyOrderGoesFromCreatedToShippedInThisOrder() {
        List<String> way = List.of("created", "paid", "packed", "shipped");
        Map<String, Integer> steps = new HashMap<>();
        events(7, HALF_AN_HOUR)
                .filter(event -> event.topic().startsWith("orders."))
                .forEach(event -> {
                    JsonNode order = json(event);
                    assertThat(event.topic())
                            .isEqualTo("orders." + order.get("order").longValue() + ".status");
                    int step = steps.merge(event.topic(), 1, Integer::sum);
                    assertThat(order.get("status").asString()).isEqualTo(way.get(step - 1));
                });
        assertThat(steps.values().stream().filter(step -> step == 4)).hasSizeGreaterThan(300);
    }

    @Test
    void aHeadlineComesSoonAndIsPlainText() {
        assertThat(events(7, 2 * SampleEvents.TICKS_PER_SECOND)
                        .filter(event -> event.topic().startsWith("news.")))
                .singleElement()
                .satisfies(event -> assertThat(event.contentType()).isEqualTo("text/plain"));
    }

    private static Stream<SampleEvents.Event> events(long seed, int ticks) {
        var events = new SampleEvents(new Random(seed), CLOCK);
        return Stream.generate(events::next).limit(ticks).flatMap(List::stream);
    }

    private static List<String> bodies(long seed, int ticks) {
        return events(seed, ticks)
                .map(event -> event.topic() + new String(event.body(), UTF_8))
                .toList();
    }

    private static boolean isPrice(SampleEvents.Event event) {
        return event.topic().startsWith("prices.");
    }

    private static JsonNode json(SampleEvents.Event event) {
        return JsonMapper.shared().readTree(event.body());
    }
}
