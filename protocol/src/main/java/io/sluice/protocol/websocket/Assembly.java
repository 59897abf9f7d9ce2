package io.sluice.protocol.websocket;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived of a message that is not whole yet: one buffer, which grows with what has arrived and never with what was announced,
 * and which is charged to the node's budget. Where a method says that something can not be charged, nothing was done.
 */
final class Assembly extends Holding {

    private static final int SMALLEST = 256;

    private final WebSocketShell shell;
    private @Nullable ByteBuf buffer;

    Assembly(WebSocketShell shell, ReassemblyBudget budget) {
        super(budget);
        this.shell = shell;
    }

    @Override
    void shedSoon() {
        shell.shedSoon();
    }

    /** Whether no byte is held; then the message that is whole needs no buffer, and the charge is given back. */
    boolean settleIfEmpty() {
        if (buffer != null) {
            return false;
        }
        settle();
        return true;
    }

    /**
     * Copies the next {@code length} readable bytes of {@code in}, without moving its index. Borrows it.
     *
     * @param most bytes that the message can have at the most: the buffer is never longer
     * @return false if it can not be charged
     */
    boolean append(ByteBuf in, int length, long most) {
        int held = buffer == null ? 0 : buffer.readableBytes();
        int capacity = capacity();
        if (held + length > capacity) {
            long doubled = Math.max(SMALLEST, 2L * (held + length));
            int enough = Math.max(held + length, (int) Math.min(most, doubled));
            if (!charge(enough - capacity)) {
                return false;
            }
            grow(enough);
        }
        if (buffer != null) {
            buffer.writeBytes(in, in.readerIndex(), length);
        }
        return true;
    }

    /**
     * Lends the buffer, with room for at least one byte more.
     *
     * @param expected how many bytes the message may have; a guess
     * @param most bytes that it can have at the most
     * @param charged false if the buffer does not outlive the call that needs it
     * @return null if it can not be charged
     */
    @Nullable
    ByteBuf room(long expected, long most, boolean charged) {
        if (buffer != null && buffer.isWritable()) {
            return buffer;
        }
        int capacity = capacity();
        long wanted = buffer == null ? Math.max(SMALLEST, expected) : 2L * capacity;
        int enough = (int) Math.max(capacity + 1, Math.min(most, wanted));
        return charged && !charge(enough - capacity) ? null : grow(enough);
    }

    /** The message is whole: gives its buffer, which there must be, and the charge back. */
    ByteBuf take() {
        ByteBuf whole = requireNonNull(buffer);
        buffer = null;
        settle();
        return whole;
    }

    /** Gives up what is held. */
    void release() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
        settle();
    }

    private int capacity() {
        return buffer == null ? 0 : buffer.capacity();
    }

    private ByteBuf grow(int capacity) {
        ByteBuf grown = buffer == null ? shell.alloc().buffer(capacity) : buffer.capacity(capacity);
        buffer = grown;
        return grown;
    }
}
