package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive messages for the same receivers, which leave as one buffer: one write for each receiver, however many messages. Reused
 * by its shard from run to run. Event loop only.
 */
final class Run {

    /** A run is ended at this size: what the kernel takes at once, and a channel's high-water mark. */
    static final int FULL_BYTES = 64 << 10;

    /** Frames up to this size are copied together; a larger one costs more to copy than to pass on as it is. */
    private static final int COPY_BYTES = 8 << 10;

    private final ByteBufAllocator allocator;
    private final List<SharedMessage> messages = new ArrayList<>();
    private final @Nullable ByteBuf[] joined = new ByteBuf[Encoding.COUNT];
    private int bodyBytes;
    private long number;

    Run(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Appends {@code message}, taking its reference. */
    void add(SharedMessage message) {
        if (messages.isEmpty()) {
            number++;
        }
        messages.add(message);
        bodyBytes += message.bodyBytes();
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    /** Tells this run from every other of its shard; positive. */
    long number() {
        return number;
    }

    boolean isFull() {
        return bodyBytes >= FULL_BYTES;
    }

    int size() {
        return messages.size();
    }

    SharedMessage message(int index) {
        return messages.get(index);
    }

    long firstOffset() {
        return messages.get(0).offset();
    }

    long lastOffset() {
        return messages.get(messages.size() - 1).offset();
    }

    /** The frame of one message. Lends. */
    ByteBuf frame(int index, Encoding encoding) {
        return messages.get(index).frame(encoding, allocator);
    }

    /** All frames of the run, one behind the other. Lends: a receiver writes a retained duplicate. */
    ByteBuf joined(Encoding encoding) {
        if (messages.size() == 1) {
            return frame(0, encoding);
        }
        ByteBuf whole = joined[encoding.index()];
        if (whole == null) {
            whole = join(encoding);
            joined[encoding.index()] = whole;
        }
        return whole;
    }

    /** Gives up every reference. */
    void clear() {
        for (SharedMessage message : messages) {
            message.release();
        }
        messages.clear();
        bodyBytes = 0;
        for (int i = 0; i < joined.length; i++) {
            ByteBuf whole = joined[i];
            if (whole != null) {
                whole.release();
                joined[i] = null;
            }
        }
    }

    private ByteBuf join(Encoding encoding) {
        int bytes = 0;
        boolean small = true;
        for (int i = 0; i < messages.size(); i++) {
            int length = frame(i, encoding).readableBytes();
            bytes += length;
            small &= length <= COPY_BYTES;
        }
        if (small) {
            ByteBuf whole = allocator.directBuffer(bytes, bytes);
            for (int i = 0; i < messages.size(); i++) {
                ByteBuf frame = frame(i, encoding);
                whole.writeBytes(frame, frame.readerIndex(), frame.readableBytes());
            }
            return whole;
        }
        CompositeByteBuf whole = allocator.compositeDirectBuffer(messages.size());
        for (int i = 0; i < messages.size(); i++) {
            whole.addComponent(true, frame(i, encoding).retainedDuplicate());
        }
        return whole;
    }
}
