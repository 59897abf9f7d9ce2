package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.json.Decoding.assertRefused;
import static io.sluice.protocol.subprotocol.json.Decoding.decode;
import static io.sluice.protocol.subprotocol.json.Decoding.publish;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is published: the bytes of {@code data} as they are, text, base64, and the content type. */
final class NativeJsonPayloadTest {

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
}
