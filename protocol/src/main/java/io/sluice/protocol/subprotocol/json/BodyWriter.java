package io.sluice.protocol.subprotocol.json;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.sluice.protocol.subprotocol.Body;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Writes a back end's body as the field that keeps it whole: {@code data} for JSON with its bytes unchanged, {@code text} for UTF-8,
 * {@code base64} for all else. What a body claims to be is proven before it is believed: none can break the frame.
 */
final class BodyWriter {

    /** Deeper JSON than any client's parser should be asked to read. */
    private static final int MAX_DEPTH = 512;

    private static final byte[] TYPE = ",\"type\":".getBytes(US_ASCII);
    private static final byte[] DATA = ",\"data\":".getBytes(US_ASCII);
    private static final byte[] TEXT = ",\"text\":".getBytes(US_ASCII);
    private static final byte[] BASE64 = ",\"base64\":\"".getBytes(US_ASCII);

    /** Appends {@code ,"type":…} where it differs from the field's default, and the payload's field. */
    static void write(Body body, ByteBuf out) {
        byte[] bytes = body.bytes();
        String type = present(body.contentType());
        boolean plain = present(body.contentEncoding()) == null && (type == null || !ContentType.foreignCharset(type));
        boolean maybeText = plain && (type == null || ContentType.text(type));
        if (plain && (type == null || ContentType.json(type))) {
            int end = JsonGrammar.text(bytes, MAX_DEPTH);
            if (end >= 0) {
                data(bytes, type, out);
                return;
            }
            maybeText &= end != JsonGrammar.TOO_DEEP;
        }
        if (!maybeText || !text(bytes, type, out)) {
            base64(bytes, type, out);
        }
    }

    private static void data(byte[] bytes, @Nullable String type, ByteBuf out) {
        type(type, PayloadReader.JSON, out);
        out.writeBytes(DATA).writeBytes(bytes);
    }

    /** Proves and writes in one pass, and takes back what it wrote where the bytes turn out to be no UTF-8. */
    private static boolean text(byte[] bytes, @Nullable String type, ByteBuf out) {
        int start = out.writerIndex();
        type(type, PayloadReader.PLAIN_TEXT, out);
        out.writeBytes(TEXT);
        boolean written = JsonString.write(bytes, out);
        if (!written) {
            out.writerIndex(start);
        }
        return written;
    }

    private static void base64(byte[] bytes, @Nullable String type, ByteBuf out) {
        type(type, PayloadReader.OCTET_STREAM, out);
        out.writeBytes(BASE64).writeBytes(Base64.getEncoder().encode(bytes)).writeByte('"');
    }

    private static void type(@Nullable String type, String otherwise, ByteBuf out) {
        if (type != null && !type.equals(otherwise)) {
            out.writeBytes(TYPE);
            JsonString.write(type, out);
        }
    }

    /** Many clients set an empty property where they mean none. */
    private static @Nullable String present(@Nullable String property) {
        return property == null || property.isBlank() ? null : property;
    }

    private BodyWriter() {}
}
