package io.sluice.protocol.websocket.deflate;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The last bytes of what was compressed on a connection: all that is kept between two messages where one may refer to the other. */
final class Window {

    private final int mostBytes;
    private @Nullable ByteBuf bytes;

    Window(int mostBytes) {
        this.mostBytes = mostBytes;
    }

    int length() {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /** Lends them until the next call. */
    ByteBuffer bytes() {
        return bytes == null
                ? ByteBuffer.allocate(0)
                : bytes.internalNioBuffer(bytes.readerIndex(), bytes.readableBytes());
    }

    /** Adds a message, and forgets what is too long ago. Borrows it, its indexes untouched. */
    void append(ByteBufAllocator alloc, ByteBuf message) {
        int added = Math.min(mostBytes, message.readableBytes());
        int kept = Math.min(mostBytes - added, length());
        if (bytes == null) {
            if (added == 0) {
                return;
            }
            bytes = alloc.buffer(added, mostBytes);
        }
        bytes.skipBytes(bytes.readableBytes() - kept).discardReadBytes();
        bytes.writeBytes(message, message.writerIndex() - added, added);
    }

    void release() {
        if (bytes != null) {
            bytes.release();
            bytes = null;
        }
    }
}
