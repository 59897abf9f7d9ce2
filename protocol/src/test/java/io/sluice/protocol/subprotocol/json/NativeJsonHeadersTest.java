package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.ErrorCode.TOO_LARGE;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.publish;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key, headers and time to live of what is published. */
final class NativeJsonHeadersTest {

    @Test
    void aKeyHasAtMost128Bytes() {
        assertThat(publish("'topic':'t','data':1,'key':'" + "é".repeat(64) + "'")
                        .key())
                .hasSize(64);
        assertRefused("{'op':'publish','topic':'t','data':1,'key':'" + "é".repeat(64) + "k'}", TOO_LARGE);
    }

    @Test
    void ttlReachesTenYears() {
        assertThat(publish("'topic':'t','data':1,'ttl':0").ttlMillis()).isZero();
        assertThat(publish("'topic':'t','data':1,'ttl':315360000000").ttlMillis())
                .isEqualTo(315_360_000_000L);
    }

    @Test
    void sixteenHeadersAreTakenAndOneMoreIsNot() {
        StringBuilder headers = new StringBuilder("'h0':0");
        for (int i = 1; i < 16; i++) {
            headers.append(",'h").append(i).append("':0");
        }
        assertThat(publish("'topic':'t','data':1,'headers':{" + headers + "}").headers())
                .hasSize(16);
        assertRefused("{'op':'publish','topic':'t','data':1,'headers':{" + headers + ",'h16':0}}", BAD_REQUEST);
    }

    @Test
    void headersHaveAtMost4096BytesTogether() {
        String others = "'w':'é','y':12,'z':true,'n':";
        int rest = 4096 - "w".length() - 2 - "y12".length() - "ztrue".length() - "n".length();
        String most = "{" + others + "'" + "v".repeat(rest) + "'}";
        String tooMuch = "{" + others + "'" + "v".repeat(rest + 1) + "'}";
        assertThat(publish("'topic':'t','data':1,'headers':" + most).headers()).hasSize(4);
        assertRefused("{'op':'publish','topic':'t','data':1,'headers':" + tooMuch + "}", TOO_LARGE);
        assertRefused("{'op':'publish','topic':'t','data':1,'headers':{'n':0." + "1".repeat(4096) + "}}", TOO_LARGE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "7",
                "null",
                "['a']",
                "{'':1}",
                "{'a b':1}",
                "{'é':1}",
                "{'a\\u0000':1}",
                "{'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa':1}",
                "{'a':null}",
                "{'a':[]}",
                "{'a':{}}",
                "{'a':'\\ud800'}",
                "{'a':1e999}",
                "{'a':9223372036854775808}",
                "{'x-death':1}",
                "{'X-Sluice-User':'root'}",
                "{'CC':'a'}",
                "{'cc':'a'}",
                "{'BCC':'a'}",
                "{'bCc':'a'}",
                "{'traceparent':1}",
                "{'traceparent':''}",
                "{'traceparent':'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7'}",
                "{'traceparent':'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x'}",
                "{'traceparent':'00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01'}",
                "{'traceparent':'00-00000000000000000000000000000000-00f067aa0ba902b7-01'}",
                "{'traceparent':'00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01'}",
                "{'Traceparent':'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'}"
            })
    void badHeadersAreRefused(String headers) {
        assertRefused("{'op':'publish','topic':'t','data':1,'headers':" + headers + "}", BAD_REQUEST);
        assertRefused("{'op':'request','id':1,'topic':'t','data':1,'headers':" + headers + "}", BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'x':1}",
                "{'xx-a':1}",
                "{'A.b_c-9':'é'}",
                "{'a':9223372036854775807}",
                "{'a':-9223372036854775808}",
                "{'a':-1.5e-3}",
                "{'traceparent':'00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'}",
                "{'traceparent':'cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-comes'}"
            })
    void goodHeadersAreTaken(String headers) {
        assertThat(publish("'topic':'t','data':1,'headers':" + headers).headers())
                .hasSize(headers.length() > 2 ? 1 : 0);
    }
}
