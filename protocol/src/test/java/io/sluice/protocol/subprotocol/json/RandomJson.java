package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Random;

/** Seeded JSON in forms that no serialiser would write: odd white space, numbers and escapes of any spelling, lone surrogates escaped. */
final class RandomJson {

    private static final String[] WORDS = {"", "a", "op", "id", "data", "__proto__", "é", "日本", "🚰", "\u2028", "x y"};
    private static final String[] ESCAPES = {
        "\\\"",
        "\\\\",
        "\\/",
        "\\b",
        "\\f",
        "\\n",
        "\\r",
        "\\t",
        "\\u0000",
        "\\u0041",
        "\\uD83d\\uDEB0",
        "\\ud800",
        "\\uDC00"
    };
    private static final String[] NUMBERS = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "0.0",
        "-0.10",
        "1e5",
        "1E+5",
        "1e-5",
        "1e999",
        "-1E-999",
        "9007199254740993",
        "123456789012345678901234567890",
        "0.1000000000000000055511151231257827",
        "0e0"
    };
    private static final String[] SPACES = {"", "", "", " ", "\n", "\t", "\r\n", "  \n\t"};

    private final Random random;
    private final StringBuilder json = new StringBuilder();

    RandomJson(Random random) {
        this.random = random;
    }

    /** One value of at most {@code depth} levels, white space around it. */
    byte[] value(int depth) {
        json.setLength(0);
        space();
        append(depth);
        space();
        return json.toString().getBytes(UTF_8);
    }

    /** {@code bytes} with up to three bytes changed, taken out, put in or doubled. */
    byte[] mutated(byte[] bytes) {
        byte[] mutated = bytes.clone();
        for (int i = random.nextInt(3); i >= 0; i--) {
            mutated = mutatedOnce(mutated);
        }
        return mutated;
    }

    private byte[] mutatedOnce(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        int removed = Math.min(random.nextInt(3), bytes.length - at);
        byte[] inserted = new byte[random.nextInt(3)];
        String likely = "{}[]\",:\\u019-+.eEtfn \n\0\u001f";
        for (int i = 0; i < inserted.length; i++) {
            inserted[i] = (byte)
                    (random.nextInt(4) == 0 ? random.nextInt(256) : likely.charAt(random.nextInt(likely.length())));
        }
        byte[] result = new byte[bytes.length - removed + inserted.length];
        System.arraycopy(bytes, 0, result, 0, at);
        System.arraycopy(inserted, 0, result, at, inserted.length);
        System.arraycopy(bytes, at + removed, result, at + inserted.length, bytes.length - at - removed);
        return result;
    }

    private void append(int depth) {
        switch (random.nextInt(depth > 0 ? 8 : 4)) {
            case 0 -> json.append(pick(NUMBERS));
            case 1 -> json.append(pick(new String[] {"true", "false", "null"}));
            case 2, 3 -> string();
            case 4, 5 -> container('[', ']', depth);
            default -> container('{', '}', depth);
        }
    }

    private void container(char open, char close, int depth) {
        json.append(open);
        space();
        int members = random.nextInt(4);
        for (int i = 0; i < members; i++) {
            if (i > 0) {
                json.append(',');
                space();
            }
            if (open == '{') {
                string();
                space();
                json.append(':');
                space();
            }
            append(depth - 1);
            space();
        }
        json.append(close);
    }

    private void string() {
        json.append('"');
        for (int i = random.nextInt(4); i > 0; i--) {
            json.append(pick(random.nextBoolean() ? WORDS : ESCAPES));
        }
        json.append('"');
    }

    private void space() {
        json.append(pick(SPACES));
    }

    private String pick(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }
}
