package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.subprotocol.Body;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.subprotocol.GoawayReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.ServerMessage.Blocked;
import io.sluice.protocol.subprotocol.ServerMessage.Failure;
import io.sluice.protocol.subprotocol.ServerMessage.Gap;
import io.sluice.protocol.subprotocol.ServerMessage.Goaway;
import io.sluice.protocol.subprotocol.ServerMessage.Message;
import io.sluice.protocol.subprotocol.ServerMessage.Ok;
import io.sluice.protocol.subprotocol.ServerMessage.Pong;
import io.sluice.protocol.subprotocol.ServerMessage.Position;
import io.sluice.protocol.subprotocol.ServerMessage.Reply;
import io.sluice.protocol.subprotocol.ServerMessage.Subscribed;
import io.sluice.protocol.subprotocol.ServerMessage.Unblocked;
import io.sluice.protocol.subprotocol.ServerMessage.Unsubscribed;
import io.sluice.protocol.subprotocol.ServerMessage.Welcome;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NativeJsonEncodeTest {

    private static final Instant EXPIRES = Instant.parse("2026-01-02T03:04:05Z");
    private static final Body ONE = body("1", "application/json");

    private final NativeJson json = new NativeJson();

    // Every kind

    @Test
    void welcome() {
        assertEncoded(
                new Welcome("s1", "alice", EXPIRES, 65536, 128, 50),
                "{'op':'welcome','session':'s1','user':'alice','expires':'2026-01-02T03:04:05Z','protocol':'sluice.v1.json',"
                        + "'limits':{'messageBytes':65536,'subscriptions':128,'publishesPerSecond':50}}");
        assertEncoded(
                new Welcome("s1", null, null, 1, 2, 3),
                "{'op':'welcome','session':'s1','protocol':'sluice.v1.json',"
                        + "'limits':{'messageBytes':1,'subscriptions':2,'publishesPerSecond':3}}");
    }

    @Test
    void ok() {
        assertEncoded(Ok.of("7"), "{'op':'ok','id':7}");
        assertEncoded(Ok.of("\"\\u0041\""), "{'op':'ok','id':'\\u0041'}");
        assertEncoded(new Ok("7", List.of(), EXPIRES, false), "{'op':'ok','id':7,'expires':'2026-01-02T03:04:05Z'}");
        assertEncoded(new Ok("7", List.of(), null, true), "{'op':'ok','id':7,'duplicate':true}");
        assertEncoded(
                new Ok(
                        "7",
                        List.of(
                                new Subscribed("a.#", "p1", true, null),
                                new Subscribed("b", "p2", false, null),
                                new Subscribed("c", null, null, null),
                                new Subscribed("d", "p3", null, true)),
                        null,
                        false),
                "{'op':'ok','id':7,'subscriptions':[{'topic':'a.#','position':'p1','recovered':true},"
                        + "{'topic':'b','position':'p2','recovered':false},{'topic':'c'},"
                        + "{'topic':'d','position':'p3','truncated':true}]}");
    }

    @Test
    void error() {
        assertEncoded(
                new Failure("7", ErrorCode.NO_SUCH_TOPIC, "Say what.", "a.b", false),
                "{'op':'error','id':7,'code':'no_such_topic','message':'Say what.','topic':'a.b'}");
        assertEncoded(
                new Failure(null, ErrorCode.UNAVAILABLE, "Wait.", null, true),
                "{'op':'error','code':'unavailable','message':'Wait.','outcome':'unknown'}");
    }

    @Test
    void message() {
        assertEncoded(new Message("a.b", ONE, null, -1, false, Map.of()), "{'op':'message','topic':'a.b','data':1}");
        assertEncoded(
                new Message("a.b", ONE, "p", -1, true, Map.of()),
                "{'op':'message','topic':'a.b','position':'p','data':1}");
        assertEncoded(
                new Message("a.b", ONE, null, 0, false, Map.of()),
                "{'op':'message','topic':'a.b','tag':0,'redelivered':false,'data':1}");
        assertEncoded(
                new Message("a.b", ONE, null, 9, true, Map.of("h", "v")),
                "{'op':'message','topic':'a.b','tag':9,'redelivered':true,'headers':{'h':'v'},'data':1}");
    }

    @Test
    void everyOtherKind() {
        assertEncoded(new Position("a.*", "p"), "{'op':'position','topic':'a.*','position':'p'}");
        assertEncoded(new Reply("'r'".replace('\'', '"'), ONE), "{'op':'reply','id':'r','data':1}");
        assertEncoded(new Gap("a", GapReason.SLOW, 5), "{'op':'gap','topic':'a','reason':'slow','missed':5}");
        assertEncoded(new Gap("a", GapReason.TOO_LARGE, -1), "{'op':'gap','topic':'a','reason':'too_large'}");
        assertEncoded(new Gap("a", GapReason.BROKER, 0), "{'op':'gap','topic':'a','reason':'broker','missed':0}");
        assertEncoded(
                new Unsubscribed("a", ErrorCode.FORBIDDEN), "{'op':'unsubscribed','topic':'a','code':'forbidden'}");
        assertEncoded(new Blocked(), "{'op':'blocked'}");
        assertEncoded(new Unblocked(), "{'op':'unblocked'}");
        assertEncoded(new Goaway(1234, GoawayReason.MAX_AGE), "{'op':'goaway','reconnect':1234,'reason':'max_age'}");
        assertEncoded(new Pong(null), "{'op':'pong'}");
        assertEncoded(new Pong("7"), "{'op':'pong','id':7}");
    }

    @Test
    void everyKindOfMessageIsEncoded() {
        // A kind that nobody writes would come out as a lone brace.
        assertThat(ServerMessage.class.getPermittedSubclasses()).hasSize(12);
    }

    @Test
    void anExpiryBeyondRfc3339IsItsLastSecond() {
        assertEncoded(
                new Ok("1", List.of(), Instant.MAX, false), "{'op':'ok','id':1,'expires':'9999-12-31T23:59:59Z'}");
    }

    // Strings and headers

    @Test
    void stringsAreEscaped() {
        assertEncoded(
                new Position("q\"b\\\b\f\n\r\t\0\u001f/\u007fé\u2028\u2029日🚰", "\ud800x\udc00"),
                "{'op':'position','topic':'q\\\"b\\\\\\b\\f\\n\\r\\t\\u0000\\u001f/\u007fé\\u2028\\u2029日🚰',"
                        + "'position':'\\ud800x\\udc00'}");
    }

    @Test
    void headersKeepTheirTypes() {
        Map<String, Object> headers = new LinkedHashMap<>();
        headers.put("s", "é\"");
        headers.put("l", Long.MIN_VALUE);
        headers.put("d", 1.0e10);
        headers.put("m", new BigDecimal("1E+3"));
        headers.put("t", true);
        headers.put("b", new byte[] {1, 2});
        headers.put("nan", Double.NaN);
        headers.put("inf", Float.NEGATIVE_INFINITY);
        headers.put("time", EXPIRES);
        headers.put("a\"b", (byte) -1);
        assertEncoded(
                new Message("a", ONE, null, -1, false, headers),
                "{'op':'message','topic':'a','headers':{'s':'é\\\"','l':-9223372036854775808,'d':1.0E10,'m':1E+3,'t':true,"
                        + "'b':'AQI=','nan':null,'inf':null,'time':null,'a\\\"b':-1},'data':1}");
    }

    // Bodies

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            nullValues = "-",
            value = {
                // body | content type | content encoding | fields
                "{'a':1}|application/json|-|'data':{'a':1}",
                "{'a':1}|Application/JSON|-|'type':'Application/JSON','data':{'a':1}",
                "1|application/json; charset=utf-8|-|'type':'application/json; charset=utf-8','data':1",
                "1|application/json;charset=us-ascii|-|'type':'application/json;charset=us-ascii','data':1",
                "1|application/json;charset=latin1|-|'type':'application/json;charset=latin1','base64':'MQ=='",
                "1|application/json;a=';charset=x';CHARSET = 'UTF-8'|-|'type':'application/json;a=\\';charset=x\\';CHARSET = \\'UTF-8\\'','data':1",
                "1|application/cloudevents+json|-|'type':'application/cloudevents+json','data':1",
                "1|text/x+json|-|'type':'text/x+json','data':1",
                "x|text/x+json|-|'type':'text/x+json','text':'x'",
                "{|application/json|-|'type':'application/json','base64':'ew=='",
                "1 2|application/json|-|'type':'application/json','base64':'MSAy'",
                "1|application/jsonx|-|'type':'application/jsonx','base64':'MQ=='",
                "1|xapplication/json|-|'type':'xapplication/json','base64':'MQ=='",
                "x|text/plain|-|'text':'x'",
                "1|text/plain|-|'text':'1'",
                "1|TEXT/html ; charset=utf8|-|'type':'TEXT/html ; charset=utf8','text':'1'",
                "é|text/plain;charset=ISO-8859-1|-|'type':'text/plain;charset=ISO-8859-1','base64':'w6k='",
                "{'a':1}|-|-|'data':{'a':1}",
                "{'a':1|-|-|'text':'{\\'a\\':1'",
                "hello|-|-|'text':'hello'",
                "1|''|-|'type':'\\'\\'','base64':'MQ=='",
                "1|application/octet-stream|-|'base64':'MQ=='",
                "1|image/png|-|'type':'image/png','base64':'MQ=='",
                "1|application/json|gzip|'type':'application/json','base64':'MQ=='",
                "1|text/plain|utf-8|'type':'text/plain','base64':'MQ=='",
                "1|-|deflate|'base64':'MQ=='",
            })
    void aBodyBecomesTheFieldThatKeepsItWhole(
            String body, @Nullable String contentType, @Nullable String contentEncoding, String fields) {
        Body given = new Body(quoted(body).getBytes(UTF_8), quotedOrNull(contentType), contentEncoding);
        assertEncoded(
                new Message("t", given, null, -1, false, Map.of()), "{'op':'message','topic':'t'," + fields + "}");
    }

    @Test
    void emptyPropertiesAreNone() {
        assertThat(payload(new Body(bytes("1"), "", " "))).isEqualTo("\"data\":1");
        assertThat(payload(new Body(bytes("x"), " ", ""))).isEqualTo("\"text\":\"x\"");
    }

    @Test
    void anEmptyBodyIsTextUnlessItClaimsToBeJson() {
        assertThat(payload(body("", null))).isEqualTo("\"text\":\"\"");
        assertThat(payload(body("", "application/json"))).isEqualTo("\"type\":\"application/json\",\"base64\":\"\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\uFEFF{}", "{}\0", "\0", "[1,]", "NaN", "\"\n\"", "{}{}", "\"\\x\"", "{\"a\":1}}", "]"})
    void whatIsNotJsonIsNeverData(String body) {
        assertThat(payload(body(body, "application/json"))).contains("\"base64\":");
        assertThat(payload(body(body, null))).startsWith("\"text\":");
    }

    @Test
    void otherEncodingsOfJsonAreNeverData() {
        for (var charset : List.of(UTF_16, UTF_16LE)) {
            assertThat(payload(new Body("{\"a\":1}".getBytes(charset), "application/json", null)))
                    .contains("\"base64\":");
        }
        byte[] latin1 = "\"\u00e9\"".getBytes(ISO_8859_1);
        assertThat(payload(new Body(latin1, null, null))).isEqualTo("\"base64\":\"Iuki\"");
        assertThat(payload(new Body(latin1, "text/plain", null)))
                .isEqualTo("\"type\":\"text/plain\",\"base64\":\"Iuki\"");
        assertThat(payload(new Body(new byte[] {'1', 0}, "application/json", null)))
                .contains("\"base64\":");
    }

    @Test
    void jsonKeepsItsWhiteSpaceAndNewlines() {
        assertThat(payload(body("\r\n{ \"a\" :\n1e999 }\t", "application/json")))
                .isEqualTo("\"data\":\r\n{ \"a\" :\n1e999 }\t");
    }

    @Test
    void jsonNestsUpTo512Levels() {
        assertThat(payload(body("[".repeat(512) + "]".repeat(512), "application/json")))
                .startsWith("\"data\":");
        assertThat(payload(body("[".repeat(513) + "]".repeat(513), "application/json")))
                .contains("\"base64\":");
        assertThat(payload(body("[".repeat(513) + "]".repeat(513), null))).startsWith("\"base64\":");
        assertThat(payload(body("[".repeat(100_000), "application/json"))).contains("\"base64\":");
    }

    @Test
    void textIsEscaped() {
        assertThat(payload(body("a\"b\\c\b\f\n\r\t\0\u001f/\u007fé\u2027\u2028\u2029\u202a日🚰", "text/plain")))
                .isEqualTo(
                        "\"text\":\"a\\\"b\\\\c\\b\\f\\n\\r\\t\\u0000\\u001f/\u007fé\u2027\\u2028\\u2029\u202a日🚰\"");
    }

    @Test
    void textThatTurnsOutToBeNoneLeavesNoTrace() {
        byte[] body = ("long enough to have been written \u2028 \n" + "x".repeat(1000) + "\u00ff").getBytes(ISO_8859_1);
        assertThat(payload(new Body(body, "text/html", null))).startsWith("\"type\":\"text/html\",\"base64\":\"");
        assertThat(payload(new Body(body, null, null))).startsWith("\"base64\":\"");
    }

    @Test
    void whatStandsInTheBufferStays() {
        ByteBuf out = Unpooled.buffer().writeBytes(bytes("head"));
        json.encode(new Reply("1", new Body(new byte[] {-1}, "text/plain", null)), out);
        assertThat(out.toString(UTF_8))
                .isEqualTo("head{\"op\":\"reply\",\"id\":1,\"type\":\"text/plain\",\"base64\":\"/w==\"}");
        out.release();
    }

    // Any bytes

    @Test
    void randomJsonReachesTheClientUnchanged() {
        Random random = new Random(78);
        RandomJson generator = new RandomJson(random);
        for (int i = 0; i < 20_000; i++) {
            byte[] body = generator.value(random.nextInt(6));
            String contentType = random.nextBoolean() ? "application/json" : null;
            assertThat(payload(new Body(body, contentType, null))).isEqualTo("\"data\":" + new String(body, UTF_8));
        }
    }

    @Test
    void noBodyBreaksTheFrame() {
        Random random = new Random(70);
        RandomJson generator = new RandomJson(random);
        @Nullable
        String[] types = {
            null,
            "application/json",
            "a/b+json",
            "text/plain",
            "text/html;charset=x",
            "image/png",
            "\"\n;charset=\"",
            "\ud800"
        };
        int data = 0;
        for (int i = 0; i < 50_000; i++) {
            byte[] body = random.nextInt(4) == 0
                    ? randomBytes(random)
                    : generator.mutated(generator.value(random.nextInt(5)));
            String encoding = random.nextInt(8) == 0 ? "gzip" : null;
            Message message = new Message(
                    "t\n",
                    new Body(body, types[random.nextInt(types.length)], encoding),
                    "p",
                    1,
                    true,
                    Map.of("h", "v"));
            byte[] encoded = encode(message);
            String text = new String(encoded, UTF_8);
            boolean isData = text.contains(",\"data\":");
            data += isData ? 1 : 0;
            assertThat(Jackson.accepts(encoded)).as("body %d: %s", i, text).isTrue();
            // Keys inside data are the back end's affair; the envelope around it has each one once.
            byte[] envelope =
                    isData ? text.replaceAll("(?s),\"data\":.*", ",\"data\":0}").getBytes(UTF_8) : encoded;
            assertThat(Jackson.acceptsWithoutDuplicates(envelope))
                    .as("body %d: %s", i, text)
                    .isTrue();
        }
        assertThat(data).isBetween(1_000, 40_000);
    }

    @Test
    void whatOneClientPublishesAnotherGets() {
        Random random = new Random(1);
        RandomJson generator = new RandomJson(random);
        for (int i = 0; i < 5_000; i++) {
            String data = new String(generator.value(random.nextInt(6)), UTF_8).strip();
            ByteBuf published =
                    Unpooled.copiedBuffer("{\"op\":\"publish\",\"topic\":\"t\",\"data\":" + data + "}", UTF_8);
            var publish = (Publish) json.decode(published);
            published.release();
            Body body = new Body(publish.payload().bytes(), publish.payload().contentType(), null);
            assertThat(payload(body)).isEqualTo("\"data\":" + data);
        }
    }

    private void assertEncoded(ServerMessage message, String expected) {
        byte[] encoded = encode(message);
        assertThat(encoded).asString(UTF_8).isEqualTo(quoted(expected));
        assertThat(Jackson.acceptsWithoutDuplicates(encoded)).isTrue();
    }

    /** What follows the comma after the topic, without the closing brace. */
    private String payload(Body body) {
        String encoded = new String(encode(new Message("t", body, null, -1, false, Map.of())), UTF_8);
        String head = "{\"op\":\"message\",\"topic\":\"t\",";
        assertThat(encoded).startsWith(head).endsWith("}");
        return encoded.substring(head.length(), encoded.length() - 1);
    }

    private byte[] encode(ServerMessage message) {
        ByteBuf out = Unpooled.buffer(16);
        json.encode(message, out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes).release();
        return bytes;
    }

    private static byte[] randomBytes(Random random) {
        byte[] bytes = new byte[random.nextInt(20)];
        random.nextBytes(bytes);
        return bytes;
    }

    private static Body body(String body, @Nullable String contentType) {
        return new Body(bytes(body), contentType, null);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Quotes are written as apostrophes. */
    private static String quoted(String text) {
        return text.replace('\'', '"');
    }

    private static @Nullable String quotedOrNull(@Nullable String text) {
        return text == null ? null : quoted(text);
    }
}
