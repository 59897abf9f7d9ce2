package io.sluice.bench.client;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * The moment at which a message was to be sent, in its text: {@code ~} and sixteen hexadecimal digits of {@link System#nanoTime}. The
 * intended moment, not the real one: a publisher that falls behind does not hide it (no coordinated omission).
 */
public final class Stamp {

    /** What a stamp takes, in bytes. */
    public static final int BYTES = 17;

    private static final byte MARK = '~';
    private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private Stamp() {}

    /** Writes {@code nanos} into {@code text} at {@code at}. */
    public static void write(byte[] text, int at, long nanos) {
        text[at] = MARK;
        for (int i = 0; i < 16; i++) {
            text[at + 1 + i] = DIGITS[(int) (nanos >>> (60 - 4 * i)) & 0x0F];
        }
    }

    /** As text. */
    public static String of(long nanos) {
        byte[] text = new byte[BYTES];
        write(text, 0, nanos);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /** The first stamp in the readable bytes of {@code text}; -1 where there is none. Borrows. */
    static long read(ByteBuf text) {
        int at = text.indexOf(text.readerIndex(), text.writerIndex(), MARK);
        if (at < 0 || text.writerIndex() - at < BYTES) {
            return -1;
        }
        long nanos = 0;
        for (int i = 1; i < BYTES; i++) {
            nanos = nanos << 4 | Character.digit(text.getByte(at + i), 16);
        }
        return nanos;
    }
}
