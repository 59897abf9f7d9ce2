package io.sluice.protocol.subprotocol.json;

import static io.sluice.protocol.subprotocol.ErrorCode.BAD_REQUEST;

import io.sluice.protocol.subprotocol.Payload;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the payload of a publish or a request: exactly one of {@code data}, {@code text} and {@code base64}, and its {@code type}. */
final class PayloadReader {

    static final String JSON = "application/json";
    static final String PLAIN_TEXT = "text/plain";
    static final String OCTET_STREAM = "application/octet-stream";

    private static final String NOT_ONE = "Give the payload as exactly one of `data`, `text` and `base64`.";
    private static final Payload NONE = new Payload(OCTET_STREAM, new byte[0]);

    private static final String TOKEN = "[-!#$%&'*+.^_`|~0-9A-Za-z]+";

    /** RFC 9110, 8.3.1, in the 255 bytes that AMQP has for it; parameters only so far that they are printable. */
    private static final Pattern MEDIA_TYPE =
            Pattern.compile("(?=.{1,255}$)" + TOKEN + "/" + TOKEN + "([ \\t]*;[ -~\\t]*)?");

    static Payload read(Envelope envelope) {
        JsonValue data = envelope.field(Field.DATA);
        JsonValue text = envelope.field(Field.TEXT);
        JsonValue base64 = envelope.field(Field.BASE64);
        if (data != null && text == null && base64 == null) {
            return payload(envelope, Field.DATA, JSON, data.deep() ? null : data.bytes());
        }
        if (text != null && data == null && base64 == null) {
            return payload(envelope, Field.TEXT, PLAIN_TEXT, text.utf8());
        }
        if (base64 != null && data == null && text == null) {
            return payload(envelope, Field.BASE64, OCTET_STREAM, decoded(base64.text()));
        }
        envelope.refuse(BAD_REQUEST, NOT_ONE);
        return NONE;
    }

    private static Payload payload(Envelope envelope, Field form, String defaultType, byte @Nullable [] bytes) {
        if (bytes == null) {
            envelope.refuse(form);
            return NONE;
        }
        if (!envelope.has(Field.TYPE)) {
            return new Payload(defaultType, bytes);
        }
        String type = envelope.string(Field.TYPE);
        if (!MEDIA_TYPE.matcher(type).matches()) {
            envelope.refuse(Field.TYPE);
        }
        return new Payload(type, bytes);
    }

    /** RFC 4648, 4, with padding; and 3.5: the bits it pads with are zero, so the same bytes are always spelt the same. */
    private static byte @Nullable [] decoded(@Nullable String base64) {
        if (base64 == null || base64.length() % 4 != 0) {
            return null;
        }
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            int lastGroup = bytes.length == 0 ? 0 : (bytes.length - 1) / 3 * 3;
            String spelt = Base64.getEncoder().encodeToString(Arrays.copyOfRange(bytes, lastGroup, bytes.length));
            return base64.endsWith(spelt) ? bytes : null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    private PayloadReader() {}
}
