package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Envelope;
import io.sluice.bridge.Marker;
import io.sluice.bridge.amqp.KnownMarkers.Knowledge;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a marker looks like, when one is due, and which are known. */
class MarkersTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    @Test
    void aMarkerIsReadOnlyFromAMessageThatCameStraightToTheStream() {
        MarkerBits bits = new MarkerBits(1, 2);
        AMQP.BasicProperties properties = bits.properties();
        Marker marker = MarkerBits.read("s", message("", "s", properties));
        assertThat(marker).isEqualTo(new Marker("s".hashCode(), 7, 1, 2));
        assertThat(bits.of(marker)).isTrue();
        assertThat(new MarkerBits(1, 3).of(marker)).isFalse();
        assertThat(MarkerBits.read("s", message("e", "s", properties))).isNull();
        assertThat(MarkerBits.read("s", message("", "t", properties))).isNull();
        assertThat(MarkerBits.read("s", message("", "s", new AMQP.BasicProperties())))
                .isNull();
        AMQP.BasicProperties tooShort = properties
                .builder()
                .headers(java.util.Map.of(MarkerBits.HEADER, new byte[15]))
                .build();
        assertThat(MarkerBits.read("s", message("", "s", tooShort))).isNull();
    }

    @Test
    void aMarkerIsDueTenSecondsAfterTheLastIfThereWasAMessage() {
        MarkerClock clock = new MarkerClock(0);
        assertThat(clock.due(100 * SECOND)).as("a quiet stream").isFalse();
        clock.marked(100 * SECOND);
        clock.message();
        assertThat(clock.due(107 * SECOND)).isFalse();
        assertThat(clock.due(110 * SECOND)).isTrue();
        assertThat(clock.due(111 * SECOND)).as("it is on its way").isFalse();
        assertThat(clock.due(116 * SECOND)).as("it was lost").isTrue();
        clock.marked(117 * SECOND);
        assertThat(clock.due(200 * SECOND)).as("quiet again").isFalse();
    }

    @Test
    void aMarkerIsDueAfter10000Messages() {
        MarkerClock clock = new MarkerClock(0);
        for (int i = 0; i < 9_999; i++) {
            clock.message();
        }
        assertThat(clock.due(SECOND)).isFalse();
        clock.message();
        assertThat(clock.due(SECOND)).isTrue();
    }

    @Test
    void aPositionNamesTheNewestMarkerBeforeItOrElseTheNearestBehindIt() {
        KnownMarkers markers = new KnownMarkers(5, marker(20));
        markers.add(marker(30));
        assertThat(markers.near(25)).isEqualTo(marker(20));
        assertThat(markers.near(30)).isEqualTo(marker(30));
        assertThat(markers.near(99)).isEqualTo(marker(30));
        assertThat(markers.near(5)).isEqualTo(marker(20));
    }

    @Test
    void whetherAMarkerStandsInTheLogIsKnownFromTheFirstOffsetReadOn() {
        KnownMarkers markers = new KnownMarkers(5, marker(20));
        assertThat(markers.of(marker(20))).isEqualTo(Knowledge.KNOWN);
        assertThat(markers.of(new Marker(1, 20, 9, 20))).isEqualTo(Knowledge.FOREIGN);
        assertThat(markers.of(marker(5))).isEqualTo(Knowledge.FOREIGN);
        assertThat(markers.of(marker(4))).isEqualTo(Knowledge.OLDER);
    }

    @Test
    void theOldestMarkersAreForgottenAndNotTakenForForeign() {
        KnownMarkers markers = new KnownMarkers(0, marker(0));
        for (int i = 1; i <= KnownMarkers.MOST; i++) {
            markers.add(marker(i * 10L));
        }
        assertThat(markers.of(marker(0))).isEqualTo(Knowledge.OLDER);
        assertThat(markers.of(marker(1))).isEqualTo(Knowledge.FOREIGN);
        assertThat(markers.of(marker(10))).isEqualTo(Knowledge.KNOWN);
    }

    private static Marker marker(long offset) {
        return new Marker(1, offset, 2, offset);
    }

    private static StreamMessage message(String exchange, String key, AMQP.BasicProperties properties) {
        return new StreamMessage(7, new Envelope(1, false, exchange, key), properties, new byte[0]);
    }
}
