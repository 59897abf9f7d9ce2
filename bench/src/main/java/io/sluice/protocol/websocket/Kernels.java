package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.NullMarked;

/** The two loops over a payload's bytes, which are not public, for benchmarks. */
@NullMarked
public final class Kernels {

    private Kernels() {}

    /** Whether the bytes {@code from <= i < to} are UTF-8. */
    public static boolean isUtf8(ByteBuffer bytes, int from, int to) {
        return Utf8Validator.validate(Utf8Validator.ACCEPT, bytes, from, to) == Utf8Validator.ACCEPT;
    }

    /** Unmasks the readable bytes of {@code text} in place and says whether they are UTF-8. Borrows. */
    public static boolean unmaskUtf8(ByteBuf text, int key) {
        int state = Mask.unmaskUtf8(text, text.readerIndex(), text.readableBytes(), key, Utf8Validator.ACCEPT);
        return state == Utf8Validator.ACCEPT;
    }
}
