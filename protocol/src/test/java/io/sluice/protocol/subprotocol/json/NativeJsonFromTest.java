package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.subscribedFrom;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.subprotocol.From;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a subscription begins. */
final class NativeJsonFromTest {

    @Test
    void fromTakesAPositionACountOrATime() {
        assertThat(subscribedFrom("'new'")).isEqualTo(From.NEW);
        assertThat(subscribedFrom("'first'")).isEqualTo(From.FIRST);
        assertThat(subscribedFrom("{'last':1}")).isEqualTo(new From.Last(1));
        assertThat(subscribedFrom("{'last':1000,'unknown':[]}")).isEqualTo(new From.Last(1000));
        assertThat(subscribedFrom("{'position':'abc'}")).isEqualTo(new From.Position("abc"));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
        "2026-01-02t03:04:05z, 2026-01-02T03:04:05Z",
        "2026-01-02T03:04:05.6Z, 2026-01-02T03:04:05.600Z",
        "2026-01-02T03:04:05.1234567891234Z, 2026-01-02T03:04:05.123456789Z",
        "2026-01-02T03:04:05+02:00, 2026-01-02T01:04:05Z",
        "2026-01-02T03:04:05.5-11:30, 2026-01-02T14:34:05.5Z",
        "2026-01-02T03:04:05-00:00, 2026-01-02T03:04:05Z",
        "2016-12-31T23:59:60Z, 2016-12-31T23:59:59Z"
    })
    void aTimeIsRfc3339(String time, Instant instant) {
        assertThat(subscribedFrom("{'time':'" + time + "'}")).isEqualTo(new From.Time(instant));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "1",
                "''",
                "'last'",
                "['new']",
                "{}",
                "{'x':1}",
                "{'last':0}",
                "{'last':1001}",
                "{'last':-1}",
                "{'last':'5'}",
                "{'last':1,'position':'a'}",
                "{'last':0,'position':'a'}",
                "{'position':'a','last':0}",
                "{'position':1}",
                "{'position':'\\ud800'}",
                "{'time':1700000000}",
                "{'time':''}",
                "{'time':'2026-01-02'}",
                "{'time':'2026-01-02T03:04Z'}",
                "{'time':'2026-01-02T03:04:05'}",
                "{'time':'2026-01-02T03:04:055Z'}",
                "{'time':'2026-01-02 03:04:05Z'}",
                "{'time':'2026-13-02T03:04:05Z'}",
                "{'time':'2026-02-30T03:04:05Z'}",
                "{'time':'2026-01-02T24:00:00Z'}",
                "{'time':'2026-01-02T03:04:05.Z'}",
                "{'time':'+12026-01-02T03:04:05Z'}",
                "{'time':'2026-01-02T03:04:05+2:00'}",
                "{'time':'2026-01-02T03:04:05+24:00'}"
            })
    void aBadFromIsRefused(String from) {
        assertRefused("{'op':'subscribe','topic':'t','from':" + from + "}", BAD_REQUEST);
    }
}
