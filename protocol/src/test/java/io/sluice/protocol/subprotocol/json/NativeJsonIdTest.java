package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.decode;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which id and which topic an answer names: the client's, exactly as sent, or none. */
final class NativeJsonIdTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "7",
                "9007199254740991",
                "''",
                "'a'",
                "'\\u0041\\/'",
                "'\\ud800'",
                "'é日🚰\u2028'",
                "'0123456789012345678901234567890123456789012345678901234567890123'"
            })
    void anIdIsGivenBackExactlyAsSent(String id) {
        String token = id.replace('\'', '"');
        assertThat(decode("{'op':'ping','id': " + id + " }").id()).isEqualTo(token);
        assertThat(decode("{'id':" + id + ",'op':'ping'}").id()).isEqualTo(token);
    }

    @Test
    void anIdOf64CharactersMayNeedMoreBytes() {
        assertThat(decode("{'op':'ping','id':'" + "🚰".repeat(64) + "'}").id()).isNotNull();
        assertThat(decode("{'op':'ping','id':'" + "\\ud83d\\udeb0".repeat(64) + "'}")
                        .id())
                .isNotNull();
        assertThat(decode("{'op':'ping','id':'" + "\\n".repeat(64) + "'}").id()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "-0",
                "1.0",
                "1e3",
                "9007199254740992",
                "18446744073709551617",
                "null",
                "true",
                "{}",
                "[1]",
                "'01234567890123456789012345678901234567890123456789012345678901234'",
                "'\\u0041\\u0041345678901234567890123456789012345678901234567890123456789012345'"
            })
    void aBadIdIsRefusedWithoutAnId(String id) {
        assertThat(assertRefused("{'op':'ping','id':" + id + "}", BAD_REQUEST).id())
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':7,'op':'publish'}",
                "{'op':'publish','id':7}",
                "{'op':'what','id':7}",
                "{'op':1,'id':7}",
                "{'id':7}",
                "{'op':'ping','op':'ping','id':7}",
                "{'op':'publish','topic':5,'data':1,'id':7}",
                "{'id':7,'op':nonsense}",
                "{'id':7,'op':'ping'",
                "{'id':7,'op':'ping'}}",
                "{'id':7,",
                "{'id':7 x"
            })
    void aRefusalCarriesTheIdWhereverItStands(String message) {
        assertThat(((Refused) decode(message)).id()).isEqualTo("7");
    }

    @Test
    void dataThatIsTooDeepIsRefusedWithTheIdThatStandsBehindIt() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        Refused refused = assertRefused("{'op':'publish','topic':'t','data':" + deep + ",'id':7}", BAD_REQUEST);
        assertThat(refused.id()).isEqualTo("7");
        assertThat(refused.sentence()).contains("32");
        assertThat(refused.topic()).isEqualTo("t");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'op':'ping','id':7", "{'id':7,'id':7,'op':'ping'}", "{'id':7.", "{x,'id':7}", "['id',7]"})
    void anIdThatMayBeCutOrIsAmbiguousIsNotTold(String message) {
        assertThat(((Refused) decode(message)).id()).isNull();
    }

    @Test
    void aRefusalNamesTheTopicIfItCanBeOne() {
        assertThat(assertRefused("{'op':'publish','topic':'a.\\u0062'}", BAD_REQUEST)
                        .topic())
                .isEqualTo("a.b");
        assertThat(assertRefused("{'op':'publish','topic':'" + "a".repeat(255) + "'}", BAD_REQUEST)
                        .topic())
                .hasSize(255);
        assertThat(assertRefused("{'op':'publish','topic':'" + "a".repeat(256) + "'}", BAD_REQUEST)
                        .topic())
                .isNull();
        assertThat(assertRefused("{'op':'publish','topic':7}", BAD_REQUEST).topic())
                .isNull();
        assertThat(assertRefused("{'op':'subscribe','topics':[]}", BAD_REQUEST).topic())
                .isNull();
    }
}
