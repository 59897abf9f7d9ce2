package io.sluice.bridge.amqp;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The payload of an AMQP content header frame, looked at before the client reads it. The client gives up the whole connection over a
 * table that it cannot read, one nested too deeply for instance, and any back end can publish one; so such a table is cut out here.
 *
 * <pre>
 *  0        2        4                    12       14
 *  +--------+--------+--------------------+--------+---------------+-------------------+---------+
 *  | class  | weight |     body size      | flags  | content-type? | content-encoding? | headers? …
 *  +--------+--------+--------------------+--------+---------------+-------------------+---------+
 * </pre>
 *
 * (AMQP 0-9-1, 4.2.6.1 and 4.2.5.5; field types as RabbitMQ uses them.)
 */
final class ContentHeader {

    private static final int FLAGS_AT = 12;
    private static final int PROPERTIES_AT = 14;
    private static final int FLAG_CONTENT_TYPE = 0x8000;
    private static final int FLAG_CONTENT_ENCODING = 0x4000;
    private static final int FLAG_HEADERS = 0x2000;
    private static final int FLAGS_BEFORE_HEADERS = FLAG_CONTENT_TYPE | FLAG_CONTENT_ENCODING;
    /** The client's own limit is 32; no honest header comes near either. */
    private static final int MAX_DEPTH = 16;

    private ContentHeader() {}

    /** The payload as it is where its headers can be read, else one without headers. */
    static byte[] readable(byte[] payload) {
        if (payload.length < PROPERTIES_AT) {
            return payload;
        }
        int flags = ByteBuffer.wrap(payload).getShort(FLAGS_AT) & 0xFFFF;
        if ((flags & FLAG_HEADERS) == 0) {
            return payload;
        }
        ByteBuffer in = ByteBuffer.wrap(payload, PROPERTIES_AT, payload.length - PROPERTIES_AT);
        try {
            if ((flags & FLAG_CONTENT_TYPE) != 0) {
                skip(in, in.get() & 0xFF);
            }
            if ((flags & FLAG_CONTENT_ENCODING) != 0) {
                skip(in, in.get() & 0xFF);
            }
        } catch (BufferUnderflowException broken) {
            return payload;
        }
        int start = in.position();
        try {
            int end = start + Integer.BYTES + lengthOfNext(in);
            return skipTable(in, 1) ? payload : without(payload, start, end, flags & ~FLAG_HEADERS);
        } catch (BufferUnderflowException pastTheEnd) {
            // Where the table ends is not known, so what follows it is lost too.
            return without(payload, start, payload.length, flags & FLAGS_BEFORE_HEADERS);
        }
    }

    private static byte[] without(byte[] payload, int start, int end, int flags) {
        byte[] rest = Arrays.copyOf(payload, payload.length - (end - start));
        System.arraycopy(payload, end, rest, start, payload.length - end);
        ByteBuffer.wrap(rest).putShort(FLAGS_AT, (short) flags);
        return rest;
    }

    /** Whether the table at the buffer's position is one that the client can read; it is passed if so. */
    private static boolean skipTable(ByteBuffer in, int depth) {
        int end = in.position() + Integer.BYTES + lengthOfNext(in);
        in.getInt();
        while (in.position() < end) {
            skip(in, in.get() & 0xFF);
            if (!skipValue(in, depth)) {
                return false;
            }
        }
        return in.position() == end;
    }

    private static boolean skipArray(ByteBuffer in, int depth) {
        int end = in.position() + Integer.BYTES + lengthOfNext(in);
        in.getInt();
        while (in.position() < end) {
            if (!skipValue(in, depth)) {
                return false;
            }
        }
        return in.position() == end;
    }

    private static boolean skipValue(ByteBuffer in, int depth) {
        switch (in.get()) {
            case 'V' -> {}
            case 't', 'b', 'B' -> skip(in, 1);
            case 's', 'u' -> skip(in, 2);
            case 'I', 'i', 'f' -> skip(in, 4);
            case 'D' -> skip(in, 5);
            case 'l', 'd', 'T' -> skip(in, 8);
            case 'S', 'x' -> skip(in, Integer.BYTES + lengthOfNext(in));
            case 'F' -> {
                return depth < MAX_DEPTH && skipTable(in, depth + 1);
            }
            case 'A' -> {
                return depth < MAX_DEPTH && skipArray(in, depth + 1);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** The length that stands at the position, which is not moved; only one that fits. */
    private static int lengthOfNext(ByteBuffer in) {
        if (in.remaining() < Integer.BYTES) {
            throw new BufferUnderflowException();
        }
        int length = in.getInt(in.position());
        if (length < 0 || length > in.remaining() - Integer.BYTES) {
            throw new BufferUnderflowException();
        }
        return length;
    }

    private static void skip(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + length);
    }
}
