package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ContentHeaderTest {

    /** Class basic, weight 0, body of 5 bytes. */
    private static final String FIXED = "003c" + "0000" + "0000000000000005";

    private static final String CONTENT_TYPE = "03" + "612f62"; // a/b

    @Test
    void aHeaderFrameWithoutATableIsLeftAlone() {
        byte[] payload = hex(FIXED + "8000" + CONTENT_TYPE);
        assertThat(ContentHeader.readable(payload)).isSameAs(payload);
    }

    @Test
    void everyFieldTypeOfRabbitMqIsReadable() {
        String fields = "0161" + "56" // V: void
                + "0161" + "7401" // t: boolean
                + "0161" + "62ff" // b: signed byte
                + "0161" + "42ff" // B: unsigned byte
                + "0161" + "73ffff" // s: short
                + "0161" + "75ffff" // u: unsigned short
                + "0161" + "4900000001" // I: int
                + "0161" + "6900000001" // i: unsigned int
                + "0161" + "6600000000" // f: float
                + "0161" + "440200000001" // D: decimal
                + "0161" + "6c0000000000000001" // l: long
                + "0161" + "640000000000000000" // d: double
                + "0161" + "540000000000000001" // T: timestamp
                + "0161" + "5300000002" + "6869" // S: long string
                + "0161" + "7800000001" + "00" // x: bytes
                + "0161" + "4600000000" // F: table
                + "0161" + "4100000001" + "56"; // A: array
        byte[] payload = hex(FIXED + "a000" + CONTENT_TYPE + length(fields) + fields);
        assertThat(ContentHeader.readable(payload)).isSameAs(payload);
    }

    @Test
    void aTableNestedTooDeeplyIsCutOutAndWhatFollowsItStays() {
        String deliveryMode = "02";
        byte[] deepest = hex(FIXED + "b000" + CONTENT_TYPE + nested(16) + deliveryMode);
        byte[] tooDeep = hex(FIXED + "b000" + CONTENT_TYPE + nested(17) + deliveryMode);
        assertThat(ContentHeader.readable(deepest)).isSameAs(deepest);
        assertThat(ContentHeader.readable(tooDeep)).isEqualTo(hex(FIXED + "9000" + CONTENT_TYPE + deliveryMode));
    }

    @Test
    void aFieldOfUnknownTypeCostsTheTableAlone() {
        byte[] payload = hex(FIXED + "b000" + CONTENT_TYPE + "00000003" + "01615a" + "02");
        assertThat(ContentHeader.readable(payload)).isEqualTo(hex(FIXED + "9000" + CONTENT_TYPE + "02"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00000009", "7fffffff", "80000000", "ffffffff", "000000"})
    void aTableThatClaimsMoreThanTheFrameHoldsIsCutWithAllBehindIt(String claimed) {
        byte[] payload = hex(FIXED + "b000" + CONTENT_TYPE + claimed);
        assertThat(ContentHeader.readable(payload)).isEqualTo(hex(FIXED + "8000" + CONTENT_TYPE));
    }

    @Test
    void noBytesWhateverMakeItFail() {
        Random random = new Random(20261122);
        for (int i = 0; i < 100_000; i++) {
            byte[] payload = new byte[random.nextInt(60)];
            random.nextBytes(payload);
            if (payload.length > 13) {
                payload[12] = (byte) (random.nextInt(4) << 6 | 0x20);
            }
            byte[] readable = ContentHeader.readable(Arrays.copyOf(payload, payload.length));
            assertThat(readable.length).isLessThanOrEqualTo(payload.length);
        }
    }

    private static String nested(int depth) {
        String table = "00000000";
        for (int i = 1; i < depth; i++) {
            table = length("0161" + "46" + table) + "0161" + "46" + table;
        }
        return table;
    }

    private static String length(String hex) {
        return String.format("%08x", hex.length() / 2);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }
}
