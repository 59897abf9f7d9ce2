package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.ErrorCode.TOO_LARGE;
import static io.sluice.protocol.subprotocol.ErrorCode.UNSUPPORTED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ClientMessage.Ack;
import io.sluice.protocol.subprotocol.ClientMessage.Auth;
import io.sluice.protocol.subprotocol.ClientMessage.Nack;
import io.sluice.protocol.subprotocol.ClientMessage.Ping;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import io.sluice.protocol.subprotocol.ClientMessage.Request;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ClientMessage.Unsubscribe;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.From;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeJsonDecodeTest {

    private static final String[] VALID = {
        "{'op':'auth','token':'a.b.c','id':1}",
        "{'op':'subscribe','topic':'prices.#','id':'s1','from':{'last':5},'credit':3}",
        "{'op':'unsubscribe','topics':['a','b'],'id':9007199254740991}",
        "{'op':'publish','topic':'chat.a','data':{'text':'hi \\u0041'},'key':'k','headers':{'a':1,'b':'x'},'ttl':1}",
        "{'id':'r','op':'request','topic':'rpc.x','base64':'AQI=','type':'image/png','timeout':500}",
        "{'op':'ack','tags':[1,2]}",
        "{'op':'nack','tag':7,'requeue':false}",
        "{'op':'ping'}"
    };

    private final NativeJson json = new NativeJson();

    // Operations

    @Test
    void authGivesTheToken() {
        assertThat(decode("{'op':'auth','token':'a.b.c','id':1}")).isEqualTo(new Auth("1", "a.b.c"));
        assertThat(decode("{'op':'auth','token':'secret'}").toString()).doesNotContain("secret");
    }

    @Test
    void subscribeHasDefaults() {
        assertThat(decode("{'op':'subscribe','topic':'a.*'}"))
                .isEqualTo(new Subscribe(null, List.of("a.*"), From.NEW, 1));
        assertThat(decode("{'op':'subscribe','topics':['a','b'],'credit':1000,'from':'first'}"))
                .isEqualTo(new Subscribe(null, List.of("a", "b"), From.FIRST, 1000));
    }

    @Test
    void unsubscribeTakesOneTopicOrSeveral() {
        assertThat(decode("{'op':'unsubscribe','topic':'a'}")).isEqualTo(new Unsubscribe(null, List.of("a")));
        assertThat(decode("{'op':'unsubscribe','topics':[ 'a' , '\\u0062' ]}"))
                .isEqualTo(new Unsubscribe(null, List.of("a", "b")));
    }

    @Test
    void upTo64TopicsAreTaken() {
        String topics = "'a'" + ",'a'".repeat(63);
        assertThat(decode("{'op':'subscribe','topics':[" + topics + "]}")).isInstanceOf(Subscribe.class);
        assertRefused("{'op':'subscribe','topics':[" + topics + ",'a']}", BAD_REQUEST);
    }

    @Test
    void publishGivesEveryField() {
        Publish publish =
                publish("'topic':'chat.a','data':[1],'key':'k\\u00e9','headers':{'n':-1,'d':1.5,'b':true,'s':'x'},"
                        + "'ttl':60000,'id':'p'");
        assertThat(publish.id()).isEqualTo("\"p\"");
        assertThat(publish.topic()).isEqualTo("chat.a");
        assertThat(publish.payload().contentType()).isEqualTo("application/json");
        assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("[1]");
        assertThat(publish.key()).isEqualTo("ké");
        assertThat(publish.headers()).isEqualTo(Map.of("n", -1L, "d", 1.5, "b", true, "s", "x"));
        assertThat(publish.ttlMillis()).isEqualTo(60000);
    }

    @Test
    void publishWithoutOptionsHasNone() {
        Publish publish = publish("'topic':'t','text':''");
        assertThat(publish.id()).isNull();
        assertThat(publish.key()).isNull();
        assertThat(publish.headers()).isEmpty();
        assertThat(publish.ttlMillis()).isEqualTo(-1);
        assertThat(publish.payload().bytes()).isEmpty();
    }

    @Test
    void requestTakesItsTimeoutOrTenSeconds() {
        assertThat(((Request) decode("{'op':'request','id':1,'topic':'t','data':1}")).timeoutMillis())
                .isEqualTo(10_000);
        assertThat(((Request) decode("{'op':'request','id':1,'topic':'t','data':1,'timeout':60000}")).timeoutMillis())
                .isEqualTo(60_000);
        assertRefused("{'op':'request','id':1,'topic':'t','data':1,'timeout':60001}", BAD_REQUEST);
        assertRefused("{'op':'request','id':1,'topic':'t','data':1,'timeout':0}", BAD_REQUEST);
    }

    @Test
    void aRequestWithoutIdIsRefusedForItsReplyHasNone() {
        assertRefused("{'op':'request','topic':'t','data':1}", BAD_REQUEST);
    }

    @Test
    void ackAndNackTakeOneTagOrSeveral() {
        assertThat(decode("{'op':'ack','tag':1}")).isEqualTo(new Ack(null, List.of(1L)));
        assertThat(decode("{'op':'ack','tags':[1, 9007199254740991]}"))
                .isEqualTo(new Ack(null, List.of(1L, 9007199254740991L)));
        assertThat(decode("{'op':'nack','tag':1}")).isEqualTo(new Nack(null, List.of(1L), true));
        assertThat(decode("{'op':'nack','tags':[2],'requeue':false}")).isEqualTo(new Nack(null, List.of(2L), false));
    }

    @Test
    void fieldsOfOtherOperationsAndUnknownOnesAreIgnored() {
        assertThat(decode("{'op':'ping','tag':'no tag','x':{'x':[null]},'topics':7,'\\ud800':0}"))
                .isEqualTo(new Ping(null));
        assertThat(decode("{'op':'ping','x':" + "[".repeat(1000) + "]".repeat(1000) + "}"))
                .isEqualTo(new Ping(null));
    }

    @Test
    void escapedNamesAndWordsMeanTheSame() {
        assertThat(decode(" {\r\n\t'\\u006f\\u0070' : '\\u0070ing' } ")).isEqualTo(new Ping(null));
        assertRefused("{'op':'ping','\\u006fp':'ping'}", BAD_REQUEST);
    }

    // Id

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

    // Topic of a refusal

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

    // What is no message

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

    // Payload

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e999",
                "-0",
                "9007199254740993",
                "null",
                "{\"__proto__\":{\"a\":1},\"a\":1,\"a\":2}",
                "\"\\ud800\"",
                "{\"\\udc00\":\"\\u0000\"}",
                "[ 1 ,\n\t{ } ]",
                "\"é🚰\u2028\u007f\\/\""
            })
    void dataPassesUnchanged(String data) {
        assertThat(publish("'topic':'t','data': " + data + "\n").payload().bytes())
                .asString(UTF_8)
                .isEqualTo(data);
    }

    @Test
    void aMillionDigitsPassAsData() {
        String digits = "7".repeat(1_000_000);
        assertThat(publish("'topic':'t','data':" + digits).payload().bytes())
                .asString(UTF_8)
                .isEqualTo(digits);
    }

    @Test
    void dataNestsUpTo32Levels() {
        assertThat(publish("'topic':'t','data':" + "[".repeat(32) + "]".repeat(32))
                        .payload()
                        .bytes())
                .hasSize(64);
        assertRefused("{'op':'publish','topic':'t','data':" + "[".repeat(33) + "]".repeat(33) + "}", BAD_REQUEST);
        assertRefused(
                "{'op':'publish','topic':'t','data':" + "{'a':".repeat(33) + "1" + "}".repeat(33) + "}", BAD_REQUEST);
    }

    @Test
    void randomDataPassesUnchanged() {
        Random random = new Random(78);
        RandomJson generator = new RandomJson(random);
        for (int i = 0; i < 20_000; i++) {
            byte[] data = generator.value(1 + random.nextInt(6));
            String text = new String(data, UTF_8);
            byte[] message = ("{\"op\":\"publish\",\"data\":" + text + ",\"topic\":\"t\"}").getBytes(UTF_8);
            assertThat(((Publish) decode(message)).payload().bytes())
                    .as("data %d", i)
                    .asString(UTF_8)
                    .isEqualTo(text.replaceAll("^[ \\t\\r\\n]+|[ \\t\\r\\n]+$", ""));
        }
    }

    @Test
    void textBecomesUtf8() {
        Publish publish =
                publish("'topic':'t','text':'\\u00e9 \\ud83d\\udeb0 \\u0000\\n\\'\\\\ é🚰'".replace("\\'", "\\\""));
        assertThat(publish.payload().contentType()).isEqualTo("text/plain");
        assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("é 🚰 \0\n\"\\ é🚰");
    }

    @ParameterizedTest
    @CsvSource({"'',0", "AA==,1", "AAA=,2", "AAAA,3", "AAAAAA==,4", "+/+/,3", "\\u0041A\\u003d=,1", "\\/\\/8=,2"})
    void base64IsDecoded(String base64, int length) {
        Publish publish = publish("'topic':'t','base64':'" + base64 + "'");
        assertThat(publish.payload().contentType()).isEqualTo("application/octet-stream");
        assertThat(publish.payload().bytes()).hasSize(length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "A",
                "AA",
                "AAA",
                "AA=",
                "A===",
                "====",
                "=",
                "AAAAA",
                "AB==",
                "AAB=",
                "AA==AAAA",
                "AA=A",
                "-_-_",
                "A A=",
                "AAAA\\n",
                "AAA\\u0000",
                "AAA€",
                "\\ud800AAA"
            })
    void whatIsNotStrictBase64IsRefused(String base64) {
        assertRefused("{'op':'publish','topic':'t','base64':'" + base64 + "'}", BAD_REQUEST);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"image/png", "application/cloudevents+json; charset=utf-8", "a/b;c", "text/plain ; x=\\\"y\\\""})
    void typeNamesAnotherContentType(String type) {
        assertThat(publish("'topic':'t','data':1,'type':'" + type + "'")
                        .payload()
                        .contentType())
                .isEqualTo(type.replace("\\\"", "\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "json",
                "/",
                "a/",
                "/b",
                "a/b/c",
                "a b/c",
                "text/plain\\n",
                "text/plain;\\u0000",
                "text/é",
                "text/plain x"
            })
    void aTypeThatIsNoMediaTypeIsRefused(String type) {
        assertRefused("{'op':'publish','topic':'t','data':1,'type':'" + type + "'}", BAD_REQUEST);
    }

    @Test
    void aTypeHasAtMost255Bytes() {
        assertThat(publish("'topic':'t','data':1,'type':'a/" + "b".repeat(253) + "'")
                        .payload()
                        .contentType())
                .hasSize(255);
        assertRefused("{'op':'publish','topic':'t','data':1,'type':'a/" + "b".repeat(254) + "'}", BAD_REQUEST);
        assertRefused("{'op':'publish','topic':'t','data':1,'type':5}", BAD_REQUEST);
    }

    // Key, headers, ttl

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

    // From

    @Test
    void fromTakesAPositionACountOrATime() {
        assertThat(from("'new'")).isEqualTo(From.NEW);
        assertThat(from("'first'")).isEqualTo(From.FIRST);
        assertThat(from("{'last':1}")).isEqualTo(new From.Last(1));
        assertThat(from("{'last':1000,'unknown':[]}")).isEqualTo(new From.Last(1000));
        assertThat(from("{'position':'abc'}")).isEqualTo(new From.Position("abc"));
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
        assertThat(from("{'time':'" + time + "'}")).isEqualTo(new From.Time(instant));
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

    // Any bytes

    @Test
    void everyTruncationOfAValidMessageIsRefused() {
        for (String message : VALID) {
            byte[] whole = bytes(message);
            assertThat(decode(whole)).as(message).isNotInstanceOf(Refused.class);
            for (int length = 0; length < whole.length; length++) {
                assertThat(decode(Arrays.copyOf(whole, length)))
                        .as("%s cut at %d", message, length)
                        .isInstanceOf(Refused.class);
            }
        }
    }

    @Test
    void noBytesMakeItThrow() {
        Random random = new Random(70);
        RandomJson generator = new RandomJson(random);
        int refused = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] message = generator.mutated(bytes(VALID[random.nextInt(VALID.length)]));
            if (decode(message) instanceof Refused) {
                refused++;
            } else {
                assertThat(Jackson.accepts(message)).as("message %d", i).isTrue();
            }
        }
        assertThat(refused).isBetween(50_000, 190_000);
    }

    @Test
    void everyKindOfBufferIsBorrowed() {
        byte[] message = bytes(VALID[3]);
        ByteBuf heap =
                Unpooled.buffer().writeBytes(new byte[3]).writeBytes(message).skipBytes(3);
        ByteBuf slice = heap.slice();
        ByteBuf direct = Unpooled.directBuffer()
                .writeBytes(new byte[3])
                .writeBytes(message)
                .skipBytes(3);
        ByteBuf composite = Unpooled.wrappedBuffer(
                Unpooled.copiedBuffer(message, 0, 9), Unpooled.copiedBuffer(message, 9, message.length - 9));
        for (ByteBuf buffer : List.of(heap, slice, direct, composite, heap.asReadOnly())) {
            int readerIndex = buffer.readerIndex();
            Publish publish = (Publish) json.decode(buffer);
            assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("{\"text\":\"hi \\u0041\"}");
            assertThat(buffer.readerIndex()).isEqualTo(readerIndex);
            assertThat(buffer.refCnt()).isOne();
        }
        for (ByteBuf buffer : List.of(heap, direct, composite)) {
            buffer.release();
        }
    }

    @Test
    void theResultSharesNothingWithTheBuffer() {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes("{'op':'publish','topic':'t','text':'abc','headers':{'h':'v'}}"));
        Publish publish = (Publish) json.decode(buffer);
        Arrays.fill(buffer.array(), (byte) 'x');
        assertThat(publish.payload().bytes()).asString(UTF_8).isEqualTo("abc");
        assertThat(publish.headers()).isEqualTo(Collections.singletonMap("h", "v"));
    }

    private Publish publish(String fields) {
        ClientMessage message = decode("{'op':'publish'," + fields + "}");
        assertThat(message).isInstanceOf(Publish.class);
        return (Publish) message;
    }

    private From from(String from) {
        ClientMessage message = decode("{'op':'subscribe','topic':'t','from':" + from + "}");
        assertThat(message).isInstanceOf(Subscribe.class);
        return ((Subscribe) message).from();
    }

    private Refused assertRefused(String message, ErrorCode code) {
        ClientMessage decoded = decode(message);
        assertThat(decoded).isInstanceOf(Refused.class);
        assertThat(((Refused) decoded).code()).isEqualTo(code);
        return (Refused) decoded;
    }

    private ClientMessage decode(String message) {
        return decode(bytes(message));
    }

    private ClientMessage decode(byte[] message) {
        ByteBuf buffer = Unpooled.wrappedBuffer(message);
        try {
            return json.decode(buffer);
        } finally {
            buffer.release();
        }
    }

    /** Quotes are written as apostrophes. */
    private static byte[] bytes(String message) {
        return message.replace('\'', '"').getBytes(UTF_8);
    }
}
