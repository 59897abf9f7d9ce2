package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The masking of RFC 6455, 5.3, undone in place. Text is checked to be UTF-8 in the same pass, while its bytes are in a register anyway.
 *
 * <p>A key is the four bytes of the frame header as a big-endian {@code int}, rotated so that its first byte belongs to the first byte
 * given.
 */
final class Mask {

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 4 * Long.BYTES;

    // HotSpot inlines no method with a class in its signature that is not loaded, and no access to a buffer loads the
    // one that all of its accessors name: whether these loops are fast would be left to chance, once for each process.
    static {
        var ignored = Buffer.class.getDeclaredMethods();
    }

    private Mask() {}

    /** The key for the bytes that follow {@code count} bytes unmasked with {@code key}. */
    static int rotate(int key, int count) {
        return Integer.rotateLeft(key, (count & 3) << 3);
    }

    /** Unmasks {@code length} bytes of {@code buf} from index {@code from} on. Borrows {@code buf}; leaves its indexes alone. */
    static void unmask(ByteBuf buf, int from, int length, int key) {
        if (length == 0) {
            return;
        }
        ByteBuffer bytes = view(buf, from, length);
        if (bytes == null) {
            for (int i = 0; i < length; i++) {
                buf.setByte(from + i, buf.getByte(from + i) ^ keyByte(key, i));
            }
            return;
        }
        unmask(bytes, bytes.position(), bytes.limit(), key);
    }

    /**
     * As {@link #unmask(ByteBuf, int, int, int)}, and continues {@code state} of {@link Utf8Validator} over the bytes unmasked. After
     * {@link Utf8Validator#REJECT} the bytes behind the wrong one may still be masked.
     */
    static int unmaskUtf8(ByteBuf buf, int from, int length, int key, int state) {
        if (length == 0) {
            return state;
        }
        ByteBuffer bytes = view(buf, from, length);
        if (bytes == null) {
            unmask(buf, from, length, key);
            return Utf8Validator.validate(state, buf.nioBuffer(from, length), 0, length);
        }
        int i = bytes.position();
        int end = bytes.limit();
        long mask = longKey(key);
        for (int last = end - BLOCK; i <= last; i += BLOCK) {
            long a = longAt(bytes, i) ^ mask;
            long b = longAt(bytes, i + 8) ^ mask;
            long c = longAt(bytes, i + 16) ^ mask;
            long d = longAt(bytes, i + 24) ^ mask;
            LONG.set(bytes, i, a);
            LONG.set(bytes, i + 8, b);
            LONG.set(bytes, i + 16, c);
            LONG.set(bytes, i + 24, d);
            state = Utf8Validator.next(state, a, b, c, d);
            if (state == Utf8Validator.REJECT) {
                return state;
            }
        }
        for (int last = end - Long.BYTES; i <= last; i += Long.BYTES) {
            long word = longAt(bytes, i) ^ mask;
            LONG.set(bytes, i, word);
            state = Utf8Validator.next(state, word);
        }
        for (int n = 0; i < end; i++, n++) {
            byte b = (byte) (bytes.get(i) ^ keyByte(key, n));
            bytes.put(i, b);
            state = Utf8Validator.next(state, b);
        }
        return state;
    }

    private static void unmask(ByteBuffer bytes, int from, int end, int key) {
        int i = from;
        long mask = longKey(key);
        for (int last = end - BLOCK; i <= last; i += BLOCK) {
            LONG.set(bytes, i, longAt(bytes, i) ^ mask);
            LONG.set(bytes, i + 8, longAt(bytes, i + 8) ^ mask);
            LONG.set(bytes, i + 16, longAt(bytes, i + 16) ^ mask);
            LONG.set(bytes, i + 24, longAt(bytes, i + 24) ^ mask);
        }
        for (int last = end - Long.BYTES; i <= last; i += Long.BYTES) {
            LONG.set(bytes, i, longAt(bytes, i) ^ mask);
        }
        for (int n = 0; i < end; i++, n++) {
            bytes.put(i, (byte) (bytes.get(i) ^ keyByte(key, n)));
        }
    }

    /** Eight bytes, the first one lowest. */
    static long longAt(ByteBuffer bytes, int index) {
        return (long) LONG.get(bytes, index);
    }

    /** The bytes as one NIO buffer, from its position to its limit, without allocation where the buffer is pooled; null where they are not one. */
    private static @Nullable ByteBuffer view(ByteBuf buf, int from, int length) {
        return buf.nioBufferCount() == 1 ? buf.internalNioBuffer(from, length) : null;
    }

    private static long longKey(int key) {
        long half = Integer.reverseBytes(key) & 0xFFFFFFFFL;
        return half << 32 | half;
    }

    private static int keyByte(int key, int i) {
        return key >>> (24 - ((i & 3) << 3));
    }
}
