package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.protocol.subprotocol.ClientMessage.Refused;
import io.sluice.protocol.subprotocol.ErrorCode;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one client message, and the first fault found in it. A fault does not stop the reading: the {@code id} may stand behind
 * it. Readers of fields never throw: on a fault they note it and give something harmless. Not for several threads.
 */
final class Envelope {

    static final String MALFORMED = "Send one JSON object in each message, in UTF-8 and with nothing around it.";
    static final String DUPLICATE = "Name each key once: a key stands twice in the message.";

    private static final int LONGEST_ID = 64;
    private static final int LONGEST_TOPIC_BYTES = 255;

    private final Map<Field, JsonValue> fields = new EnumMap<>(Field.class);
    private final Set<String> unknown = new HashSet<>(0);
    private boolean ambiguousId;
    private @Nullable ErrorCode code;
    private String sentence = "";

    /** Reads {@code json} from {@code from} to {@code end}. Keeps the array, copies nothing. */
    static Envelope read(byte[] json, int from, int end) {
        Envelope envelope = new Envelope();
        int start = JsonGrammar.whitespace(json, from, end);
        if (start == end || json[start] != '{') {
            envelope.refuse(BAD_REQUEST, MALFORMED);
            return envelope;
        }
        JsonMembers members = new JsonMembers(json, start, end);
        while (members.next()) {
            envelope.add(members.name(), members.value());
        }
        if (!members.closed() || JsonGrammar.whitespace(json, members.to(), end) < end) {
            envelope.refuse(BAD_REQUEST, MALFORMED);
        }
        envelope.checkId();
        return envelope;
    }

    private Envelope() {}

    private void add(JsonValue name, JsonValue value) {
        Field field = Field.of(name);
        if (field == null) {
            if (!unknown.add(name.unescaped())) {
                refuse(BAD_REQUEST, DUPLICATE);
            }
        } else if (fields.putIfAbsent(field, value) != null) {
            ambiguousId |= field == Field.ID;
            refuse(BAD_REQUEST, DUPLICATE);
        }
    }

    private void checkId() {
        JsonValue id = field(Field.ID);
        if (id != null && !valid(id)) {
            refuse(Field.ID);
        }
    }

    private static boolean valid(JsonValue id) {
        return id.isString()
                ? JsonString.characters(id.json(), id.from(), id.to()) <= LONGEST_ID
                : id.safeInteger() >= 0;
    }

    /** The token of a valid {@code id}, as it was sent; null where there is none. */
    @Nullable
    String id() {
        JsonValue id = field(Field.ID);
        return id == null || ambiguousId || !valid(id) ? null : id.token();
    }

    @Nullable
    JsonValue field(Field field) {
        return fields.get(field);
    }

    boolean has(Field field) {
        return fields.containsKey(field);
    }

    /** A string that must be there. */
    String string(Field field) {
        JsonValue value = field(field);
        String text = value == null ? null : value.text();
        if (text == null) {
            refuse(field);
            return "";
        }
        return text;
    }

    /** An integer in plain digits, from {@code min} to {@code max}; {@code otherwise} where there is none. */
    long integer(Field field, long min, long max, long otherwise) {
        JsonValue value = field(field);
        long integer = value == null ? otherwise : value.safeInteger();
        if (value != null && (integer < min || integer > max)) {
            refuse(field);
        }
        return integer;
    }

    boolean flag(Field field, boolean otherwise) {
        JsonValue value = field(field);
        if (value == null) {
            return otherwise;
        }
        if (value.first() != 't' && value.first() != 'f') {
            refuse(field);
        }
        return value.first() == 't';
    }

    void refuse(Field field) {
        refuse(BAD_REQUEST, field.sentence());
    }

    /** Notes a fault; the first one is told. */
    void refuse(ErrorCode code, String sentence) {
        if (this.code == null) {
            this.code = code;
            this.sentence = sentence;
        }
    }

    boolean refused() {
        return code != null;
    }

    /** The first fault noted, with what could be read of {@code id} and {@code topic}. Only where {@link #refused}. */
    Refused refusal() {
        return new Refused(id(), Objects.requireNonNull(code), sentence, topic());
    }

    /** Told back only where it can be one: at most 255 bytes, however they were escaped. */
    private @Nullable String topic() {
        JsonValue value = field(Field.TOPIC);
        byte[] utf8 = value == null || value.length() > 6 * LONGEST_TOPIC_BYTES + 2 ? null : value.utf8();
        return utf8 == null || utf8.length > LONGEST_TOPIC_BYTES ? null : new String(utf8, UTF_8);
    }
}
