package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;
import static io.sluice.protocol.subprotocol.ErrorCode.TOO_LARGE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the {@code headers} of a publish or a request. */
final class HeadersReader {

    private static final int MOST_HEADERS = 16;
    private static final int MOST_BYTES = 4096;

    private static final String TOO_MUCH = "Send at most 4096 bytes of `headers`, names and values together.";
    private static final String RESERVED =
            "Leave out the headers CC, BCC and those that begin with x-: they are the gateway's own.";
    private static final String NOT_A_TRACE =
            "Give the header `traceparent` as W3C Trace Context writes it, or leave it out.";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final String TRACE = "-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}";

    /** W3C Trace Context, 3.2: later versions may append fields; ff is no version, and zeros are no ids. */
    private static final Pattern TRACEPARENT =
            Pattern.compile("00" + TRACE + "|(?!00|ff)[0-9a-f]{2}" + TRACE + "(-.*)?");

    static Map<String, Object> read(Envelope envelope) {
        JsonValue headers = envelope.field(Field.HEADERS);
        if (headers == null) {
            return Map.of();
        }
        if (!headers.isObject()) {
            envelope.refuse(Field.HEADERS);
            return Map.of();
        }
        return new HeadersReader(envelope).read(headers.members());
    }

    private final Envelope envelope;

    private HeadersReader(Envelope envelope) {
        this.envelope = envelope;
    }

    private Map<String, Object> read(JsonMembers members) {
        Map<String, Object> headers = new LinkedHashMap<>();
        int bytes = 0;
        while (members.next() && !envelope.refused()) {
            String name = members.name().unescaped();
            Object value = value(members.value());
            if (value == null || headers.size() == MOST_HEADERS) {
                envelope.refuse(Field.HEADERS);
                break;
            }
            check(name, value);
            bytes += name.length() + length(value, members.value());
            if (bytes > MOST_BYTES) {
                envelope.refuse(TOO_LARGE, TOO_MUCH);
            }
            if (headers.put(name, value) != null) {
                envelope.refuse(BAD_REQUEST, Envelope.DUPLICATE);
            }
        }
        return Collections.unmodifiableMap(headers);
    }

    private static @Nullable Object value(JsonValue value) {
        return switch (value.first()) {
            case '"' -> value.text();
            case 't' -> true;
            case 'f' -> false;
            default -> value.number();
        };
    }

    private static int length(Object value, JsonValue token) {
        return value instanceof String text ? text.getBytes(UTF_8).length : token.length();
    }

    private void check(String name, Object value) {
        if (!NAME.matcher(name).matches()) {
            envelope.refuse(Field.HEADERS);
        }
        String lowerCase = name.toLowerCase(Locale.ROOT);
        if (lowerCase.startsWith("x-") || lowerCase.equals("cc") || lowerCase.equals("bcc")) {
            envelope.refuse(BAD_REQUEST, RESERVED);
        }
        if (lowerCase.equals("traceparent")
                && !(value instanceof String trace && TRACEPARENT.matcher(trace).matches())) {
            envelope.refuse(BAD_REQUEST, NOT_A_TRACE);
        }
    }
}
