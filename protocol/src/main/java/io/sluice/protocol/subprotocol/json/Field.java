package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/** The envelope's fields from client to gateway, each with the sentence for a client that leaves it out or gets it wrong. */
enum Field {
    OP("op", "Give `op` as one of auth, subscribe, unsubscribe, publish, request, ack, nack and ping."),
    ID(
            "id",
            "Give `id` as a string of at most 64 characters or an integer from 0 to 9007199254740991, or leave it out."),
    TOKEN("token", "Give `token` as a string."),
    TOPIC("topic", "Give `topic` as a string of valid Unicode."),
    TOPICS("topics", "Give either `topic` as a string or `topics` as an array of 1 to 64 strings."),
    FROM(
            "from",
            "Give `from` as \"new\", \"first\", {\"last\": 1 to 1000}, {\"time\": an RFC 3339 time} or {\"position\": a string}."),
    CREDIT("credit", "Give `credit` as an integer from 1 to 1000."),
    DATA("data", "Give `data` as a JSON value that nests at most 32 deep."),
    TEXT("text", "Give `text` as a string of valid Unicode."),
    BASE64("base64", "Give `base64` as a string of RFC 4648 base64, padded and without line breaks."),
    TYPE("type", "Give `type` as a media type of at most 255 bytes, such as image/png."),
    KEY("key", "Give `key` as a string of 1 to 128 bytes of valid Unicode."),
    HEADERS(
            "headers",
            "Give `headers` as an object of at most 16 names of 1 to 64 letters, digits, dots, underscores or hyphens, each with a string,"
                    + " a 64-bit number or a boolean."),
    TTL("ttl", "Give `ttl` as an integer of milliseconds from 0 to 315360000000."),
    TIMEOUT("timeout", "Give `timeout` as an integer of milliseconds from 1 to 60000."),
    TAG("tag", "Give `tag` as the integer that came with the message."),
    TAGS("tags", "Give either `tag` as an integer or `tags` as an array of them."),
    REQUEUE("requeue", "Give `requeue` as true or false.");

    private static final Field[] FIELDS = values();

    private final String name;
    private final String sentence;

    Field(String name, String sentence) {
        this.name = name;
        this.sentence = sentence;
    }

    /** What to do about this field. */
    String sentence() {
        return sentence;
    }

    /** The field that {@code name}, a string, names; null where there is none. */
    static @Nullable Field of(JsonValue name) {
        if (JsonString.escapes(name.json(), name.from(), name.to())) {
            byte[] unescaped = name.unescaped().getBytes(UTF_8);
            return named(unescaped, 0, unescaped.length);
        }
        return named(name.json(), name.from() + 1, name.to() - 1);
    }

    private static @Nullable Field named(byte[] utf8, int from, int to) {
        for (Field field : FIELDS) {
            if (field.isNamed(utf8, from, to)) {
                return field;
            }
        }
        return null;
    }

    /** Compares with no copy; the names are ASCII. */
    private boolean isNamed(byte[] utf8, int from, int to) {
        if (to - from != name.length()) {
            return false;
        }
        int at = 0;
        while (at < name.length() && name.charAt(at) == utf8[from + at]) {
            at++;
        }
        return at == name.length();
    }
}
