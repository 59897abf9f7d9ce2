package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.ErrorCode.UNSUPPORTED;
import static io.sluice.protocol.subprotocol.json.Decoding.VALID;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.bytes;
import static io.sluice.protocol.subprotocol.json.Decoding.decode;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.subprotocol.ClientMessage.Ping;
import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no message: no JSON, a field that is missing, wrong or there twice; and what is said about it. */
final class NativeJsonRefusalTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "garbage",
                "[1,2,3]",
                "'op'",
                "1",
                "1\0",
                "null",
                "{",
                "}",
                "{}{}",
                "{'op':'ping'}{}",
                "{'op':'ping'}{'op':'ping'}",
                "{'op':'ping'},",
                "{'op':'ping'}\0",
                "\0{'op':'ping'}",
                "{\0'op':'ping'}",
                "{'op':'pi\0ng'}",
                "\uFEFF{'op':'ping'}",
                "{,'op':'ping'}",
                "{'op':'ping',}",
                "{'op':'ping' 'x':1}",
                "{'op' 'ping'}",
                "{op:'ping'}",
                "{'op':'ping','x':NaN}",
                "{'op':'ping','x':Infinity}",
                "{'op':'ping','x':01}",
                "{'op':'ping'} // comment",
                "{'op':'ping','x':'\t'}"
            })
    void whatIsNotOneObjectIsRefused(String message) {
        assertRefused(message, BAD_REQUEST);
    }

    @Test
    void noEncodingButUtf8IsGuessed() {
        for (var charset : List.of(UTF_16BE, UTF_16LE, StandardCharsets.UTF_16)) {
            assertThat(decode("{\"op\":\"ping\"}".getBytes(charset))).isInstanceOf(Refused.class);
        }
        assertThat(decode("{\"op\":\"ping\",\"x\":\"\u00e9\"}".getBytes(ISO_8859_1)))
                .isInstanceOf(Refused.class);
    }

    @Test
    void aHundredThousandLevelsAreRefused() {
        assertRefused("[".repeat(100_000), BAD_REQUEST);
        assertRefused("{'op':".repeat(100_000), BAD_REQUEST);
        assertRefused("{'op':'publish','topic':'t','data':" + "[".repeat(100_000), BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'op':'publish','topic':'ok','data':1,'topic':'secret'}",
                "{'op':'publish','topic':'ok','data':1,'data':1}",
                "{'op':'ping','x':1,'x':1}",
                "{'op':'ping','x':1,'\\u0078':1}",
                "{'op':'ping','\\ud800':1,'\\uD800':1}",
                "{'op':'publish','topic':'t','data':1,'headers':{'a':1,'a':1}}",
                "{'op':'subscribe','topic':'t','from':{'last':1,'last':1}}",
                "{'op':'subscribe','topic':'t','from':{'last':1,'x':1,'x':1}}"
            })
    void aKeyThatStandsTwiceInTheEnvelopeIsRefused(String message) {
        assertThat(assertRefused(message, BAD_REQUEST).sentence()).contains("once");
    }

    @Test
    void tenThousandUnknownKeysAreIgnored() {
        StringBuilder message = new StringBuilder("{'op':'ping'");
        for (int i = 0; i < 10_000; i++) {
            message.append(",'k").append(i).append("':").append(i);
        }
        assertThat(decode(message + "}")).isEqualTo(new Ping(null));
        assertRefused(message + ",'k77':0}", BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'op':null}",
                "{'op':['ping']}",
                "{'op':'auth'}",
                "{'op':'auth','token':1}",
                "{'op':'auth','token':'\\ud800'}",
                "{'op':'subscribe'}",
                "{'op':'subscribe','topic':null}",
                "{'op':'subscribe','topic':['a']}",
                "{'op':'subscribe','topic':'\\ud800'}",
                "{'op':'subscribe','topic':'a','topics':['a']}",
                "{'op':'subscribe','topics':'a'}",
                "{'op':'subscribe','topics':[]}",
                "{'op':'subscribe','topics':[1]}",
                "{'op':'subscribe','topics':['a',null]}",
                "{'op':'subscribe','topics':['\\udc00']}",
                "{'op':'subscribe','topic':'a','credit':0}",
                "{'op':'subscribe','topic':'a','credit':1001}",
                "{'op':'subscribe','topic':'a','credit':1.0}",
                "{'op':'subscribe','topic':'a','credit':'1'}",
                "{'op':'unsubscribe'}",
                "{'op':'publish','data':1}",
                "{'op':'publish','topic':'a'}",
                "{'op':'publish','topic':'a','data':1,'text':'x'}",
                "{'op':'publish','topic':'a','data':1,'base64':''}",
                "{'op':'publish','topic':'a','text':'','base64':''}",
                "{'op':'publish','topic':'a','text':1}",
                "{'op':'publish','topic':'a','text':null}",
                "{'op':'publish','topic':'a','text':'\\ud800'}",
                "{'op':'publish','topic':'a','text':'\\udc00\\ud800'}",
                "{'op':'publish','topic':'a','text':'\\ud800\\ud800\\udc00'}",
                "{'op':'publish','topic':'a','base64':1}",
                "{'op':'publish','topic':'a','data':1,'key':1}",
                "{'op':'publish','topic':'a','data':1,'key':''}",
                "{'op':'publish','topic':'a','data':1,'key':'\\ud800'}",
                "{'op':'publish','topic':'a','data':1,'ttl':-1}",
                "{'op':'publish','topic':'a','data':1,'ttl':1.5}",
                "{'op':'publish','topic':'a','data':1,'ttl':'5'}",
                "{'op':'publish','topic':'a','data':1,'ttl':315360000001}",
                "{'op':'request','id':1,'topic':'a','data':1,'timeout':-1}",
                "{'op':'request','id':1,'topic':'a','data':1,'timeout':true}",
                "{'op':'ack'}",
                "{'op':'ack','tag':0}",
                "{'op':'ack','tag':-1}",
                "{'op':'ack','tag':'1'}",
                "{'op':'ack','tag':9007199254740992}",
                "{'op':'ack','tag':1,'tags':[1]}",
                "{'op':'ack','tags':[]}",
                "{'op':'ack','tags':{}}",
                "{'op':'ack','tags':[1,'2']}",
                "{'op':'nack','tag':1,'requeue':'no'}",
                "{'op':'nack','tag':1,'requeue':null}",
                "{'op':'nack','tag':1,'requeue':0}"
            })
    void aMissingOrWrongFieldIsRefused(String message) {
        assertRefused(message, BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Ping", "PING", "connect", "ping ", "\\u0000", "\\ud83d\\udeb0"})
    void anUnknownOperationIsUnsupported(String op) {
        assertRefused("{'op':'" + op + "'}", UNSUPPORTED);
    }

    @Test
    void aSentenceNeverHoldsTextOfTheClient() {
        Random random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            byte[] message = new RandomJson(random).mutated(bytes(VALID[random.nextInt(VALID.length)]));
            if (decode(message) instanceof Refused refused) {
                assertThat(refused.sentence())
                        .matches("[A-Z].{20,250}\\.")
                        .isSameAs(refused.sentence().intern());
            }
        }
    }
}
