package io.sluice.protocol.websocket.deflate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/**
 * One way to compress messages. There is one object for each, so that sockets with the same one can share compressed messages. Safe
 * for all threads.
 *
 * <p>zlib's own window is always 32 KiB here. A smaller one is kept within by compressing a long message in pieces, each by a
 * compressor that knows nothing but the piece and at most half a window before it.
 */
public final class Compression {

    /** How many there are with the same {@link DeflateSettings}: one for each window. */
    public static final int COUNT = DeflateOffer.MAX_WINDOW_BITS - DeflateOffer.MIN_WINDOW_BITS + 1;

    /** Bytes of 00 00 FF FF, which end what is flushed and are not sent (RFC 7692, 7.2.1). */
    private static final int TAIL = 4;

    /** With less room zlib may repeat the end of a flush. */
    private static final int LEAST_ROOM = 7;

    private static final byte[] NOTHING = {};

    private static final ConcurrentMap<Key, Compression> ALL = new ConcurrentHashMap<>();

    private record Key(int windowBits, int level, int minimumBytes) {}

    private final int windowBits;
    private final int level;
    private final int minimumBytes;

    private Compression(Key key) {
        windowBits = key.windowBits();
        level = key.level();
        minimumBytes = key.minimumBytes();
    }

    /** The one object for these values. */
    static Compression of(int windowBits, DeflateSettings settings) {
        return ALL.computeIfAbsent(new Key(windowBits, settings.level(), settings.minimumBytes()), Compression::new);
    }

    /** Its place among those of the same settings, from 0 to {@link #COUNT} - 1: for arrays of what was compressed already. */
    public int index() {
        return windowBits - DeflateOffer.MIN_WINDOW_BITS;
    }

    /** Half the window: as much as may be known of what went before a piece. */
    int dictionaryBytes() {
        return 1 << (windowBits - 1);
    }

    /**
     * Compresses one message without a context.
     *
     * @param payload borrowed, its indexes untouched
     * @return a buffer with {@code headRoom} bytes before its reader index, which is the caller's; null where the message is to be sent
     *     as it is, because it is short or does not become smaller
     */
    public @Nullable ByteBuf deflate(ByteBufAllocator alloc, int headRoom, ByteBuf payload) {
        return deflate(alloc, headRoom, payload, null);
    }

    /** As the other; {@code context} is what the receiver has inflated before, of which no more than {@link #dictionaryBytes}. */
    @Nullable
    ByteBuf deflate(ByteBufAllocator alloc, int headRoom, ByteBuf payload, @Nullable Window context) {
        int length = payload.readableBytes();
        if (length == 0 || length < minimumBytes) {
            return null;
        }
        Deflater deflater = ZlibPool.local().deflater(level);
        ByteBuf out = alloc.buffer(headRoom + length / 4 + 64).setIndex(headRoom, headRoom);
        boolean smaller = false;
        try {
            smaller = deflate(deflater, payload.nioBuffer(), context, out, length + TAIL);
            out.writerIndex(Math.max(headRoom, out.writerIndex() - TAIL));
        } finally {
            deflater.setInput(NOTHING);
            if (!smaller) {
                out.release();
            }
        }
        return smaller ? out : null;
    }

    /** Whether all of {@code in} became less than {@code limit} bytes, the tail included. */
    private boolean deflate(Deflater deflater, ByteBuffer in, @Nullable Window context, ByteBuf out, int limit) {
        int start = in.position();
        int end = in.limit();
        int known = 0;
        for (int from = start; from < end; ) {
            deflater.reset();
            if (from > start) {
                known = dictionaryBytes();
                deflater.setDictionary(in.duplicate().limit(from).position(from - known));
            } else if (context != null) {
                known = context.length();
                deflater.setDictionary(context.bytes());
            }
            int to = windowBits == DeflateOffer.MAX_WINDOW_BITS ? end : Math.min(end, from + (1 << windowBits) - known);
            deflater.setInput(in.duplicate().limit(to).position(from));
            if (!flush(deflater, out, limit)) {
                return false;
            }
            from = to;
        }
        return true;
    }

    /** Takes what the deflater has, up to a byte boundary; false as soon as {@code out} holds {@code limit} bytes. */
    private static boolean flush(Deflater deflater, ByteBuf out, int limit) {
        while (true) {
            out.ensureWritable(LEAST_ROOM);
            int room = out.writableBytes();
            int written = deflater.deflate(out.internalNioBuffer(out.writerIndex(), room), Deflater.SYNC_FLUSH);
            out.writerIndex(out.writerIndex() + written);
            if (out.readableBytes() >= limit) {
                return false;
            }
            if (written < room) {
                return true;
            }
        }
    }
}
