package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonGrammarTest {

    private static final int DEPTH = 512;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "-0.0e-0",
                "1E+400",
                "123456789012345678901234567890.5",
                "\"\"",
                "\"\\u0000\\uD800\\\"\\/\"",
                "\"\u007f\u2028é日🚰\"",
                "true",
                " false\r\n",
                "\tnull ",
                "[]",
                "[ ]",
                "{}",
                "{ }",
                "[[],{},[{}]]",
                "{\"\":{\"\":[]} , \"a\" : [ 1 , 2 ] }",
                "{\"a\":1,\"a\":2}"
            })
    void jsonTextIsAccepted(String json) {
        assertThat(matches(json.getBytes(UTF_8), DEPTH)).isTrue();
        assertThat(Jackson.accepts(json.getBytes(UTF_8))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "01",
                "-01",
                "-",
                "+1",
                ".5",
                "1.",
                "1.e5",
                "1e",
                "1e+",
                "0x10",
                "NaN",
                "Infinity",
                "-Infinity",
                "tru",
                "True",
                "truee",
                "nul",
                "'a'",
                "\"",
                "\"a",
                "\"\\",
                "\"\\\"",
                "\"\\x\"",
                "\"\\u12\"",
                "\"\\u12g4\"",
                "\"\\u123",
                "\"\\uＡ000\"",
                "\"\n\"",
                "\"\0\"",
                "\0",
                "1\0",
                "\uFEFF1",
                "[",
                "]",
                "[,]",
                "[1,]",
                "[1 2]",
                "[1}",
                "{",
                "}",
                "{]",
                "{,}",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1,}",
                "{\"a\" 1}",
                "{a:1}",
                "{1:1}",
                "{\"a\":1]",
                "{}{}",
                "1 2",
                "[]]",
                "// c\n1",
                "1 #",
                "\u00a01",
                "\u000b1"
            })
    void whatIsNoJsonTextIsNot(String text) {
        assertThat(matches(text.getBytes(UTF_8), DEPTH)).isFalse();
        assertThat(Jackson.accepts(text.getBytes(UTF_8))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0080",
                "\u00c0\u0080",
                "\u00c1\u00bf",
                "\u00c2",
                "\u00c2A",
                "\u00e0\u009f\u00bf",
                "\u00ed\u00a0\u0080",
                "\u00e2\u0082",
                "\u00f0\u008f\u00bf\u00bf",
                "\u00f4\u0090\u0080\u0080",
                "\u00f5\u0080\u0080\u0080",
                "\u00f0\u009f\u009a",
                "\u00ff"
            })
    void aStringThatIsNotUtf8IsRefused(String latin1) {
        assertThat(matches(("\"" + latin1 + "\"").getBytes(ISO_8859_1), DEPTH)).isFalse();
        assertThat(matches(("\"" + latin1).getBytes(ISO_8859_1), DEPTH)).isFalse();
    }

    @Test
    void everyCodePointIsAcceptedInAString() {
        for (int codePoint = ' '; codePoint <= Character.MAX_CODE_POINT; codePoint += codePoint < 0x3000 ? 1 : 0x101) {
            if (codePoint != '"' && codePoint != '\\' && (codePoint < 0xd800 || codePoint > 0xdfff)) {
                byte[] json = ("\"" + Character.toString(codePoint) + "\"").getBytes(UTF_8);
                assertThat(matches(json, 0)).as("U+%x", codePoint).isTrue();
            }
        }
    }

    @Test
    void aByteThatEndsAPlainRunIsFoundAtEveryPlaceOfAWord() {
        for (int stop = Byte.MIN_VALUE; stop <= Byte.MAX_VALUE; stop++) {
            boolean plain = stop >= ' ' && stop != '"' && stop != '\\';
            for (int at = 0; at < 20; at++) {
                byte[] bytes = "aaaaaaaaaaaaaaaaaaaa".getBytes(UTF_8);
                bytes[at] = (byte) stop;
                assertThat(JsonGrammar.plain(bytes, 0, bytes.length))
                        .as("%d at %d", stop, at)
                        .isEqualTo(plain ? bytes.length : at);
            }
        }
    }

    @Test
    void aValueOfTheAllowedDepthIsAcceptedAndOneLevelMoreIsTooDeep() {
        for (int depth : new int[] {1, 2, 32, 63, 64, 65, 127, 128, 129, 512, 1000}) {
            byte[] json = nested(depth);
            assertThat(JsonGrammar.value(json, 0, json.length, depth)).isEqualTo(json.length);
            assertThat(JsonGrammar.value(json, 0, json.length, depth - 1)).isEqualTo(JsonGrammar.TOO_DEEP);
        }
    }

    @Test
    void aWrongClosingByteIsSeenAtEveryDepth() {
        for (int depth = 1; depth < 200; depth++) {
            String json = new String(nested(200), UTF_8);
            int at = json.length() - depth;
            char wrong = json.charAt(at) == ']' ? '}' : ']';
            String broken = json.substring(0, at) + wrong + json.substring(at + 1);
            assertThat(matches(broken.getBytes(UTF_8), DEPTH)).isFalse();
        }
    }

    @Test
    void aHundredThousandLevelsOverflowNoStack() {
        byte[] open = "[".repeat(100_000).getBytes(UTF_8);
        byte[] closed = ("[".repeat(100_000) + "]".repeat(100_000)).getBytes(UTF_8);
        assertThat(JsonGrammar.value(open, 0, open.length, 32)).isEqualTo(JsonGrammar.TOO_DEEP);
        assertThat(JsonGrammar.value(open, 0, open.length, JsonGrammar.ANY_DEPTH))
                .isEqualTo(JsonGrammar.MALFORMED);
        assertThat(JsonGrammar.value(closed, 0, closed.length, JsonGrammar.ANY_DEPTH))
                .isEqualTo(closed.length);
    }

    @Test
    void theVerdictIsJacksonsOnAnyText() {
        Random random = new Random(8259);
        RandomJson generator = new RandomJson(random);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] text = generator.value(random.nextInt(6));
            text = random.nextInt(4) == 0 ? text : generator.mutated(text);
            boolean verdict = matches(text, JsonGrammar.ANY_DEPTH);
            assertThat(verdict).as("text %d: %s", i, new String(text, UTF_8)).isEqualTo(Jackson.accepts(text));
            accepted += verdict ? 1 : 0;
        }
        assertThat(accepted).isBetween(30_000, 70_000);
    }

    private static boolean matches(byte[] json, int maxDepth) {
        return JsonGrammar.text(json, maxDepth) == json.length;
    }

    /** Arrays and objects by turns. */
    private static byte[] nested(int depth) {
        StringBuilder json = new StringBuilder();
        for (int level = 0; level < depth; level++) {
            json.append(level % 3 == 0 ? "{\"a\":" : "[");
        }
        json.append("1");
        for (int level = depth - 1; level >= 0; level--) {
            json.append(level % 3 == 0 ? '}' : ']');
        }
        return json.toString().getBytes(UTF_8);
    }
}
