package io.sluice.protocol.websocket.deflate;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Inflates the messages of one connection as their bytes arrive (RFC 7692, 7.2.2). Between two messages it holds no more than the
 * window, and that only with context takeover. Belongs to one thread.
 *
 * <p>For each piece of a message {@link #input}, then {@link #inflate} until it answers {@code HUNGRY}; after the last one {@link #end}.
 *
 * <p>A reference back beyond the window that was agreed, but within 32 KiB of the same message, is not found out: it does no harm.
 */
public final class MessageInflater {

    /** What one unfinished message holds in native memory, beside its bytes. */
    public static final int BYTES = 48 << 10;

    /** How it stands after some bytes were inflated. */
    public enum Progress {
        /** All input is used up. */
        HUNGRY,
        /** The output has no room left. */
        FULL,
        /** This is not DEFLATE (RFC 1951). */
        CORRUPT
    }

    /**
     * What the sender has cut off, and an empty last block of our own behind it. Only if zlib is between two blocks at the end of a
     * message it takes the first for nothing and the second for the end.
     */
    private static final byte[] TAIL = {0, 0, -1, -1, 1, 0, 0, -1, -1};

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final @Nullable Window context;
    private @Nullable Inflater inflater;
    private ByteBuffer input = NOTHING;

    public MessageInflater(PerMessageDeflate agreed) {
        context = agreed.clientContextTakeover() ? new Window(1 << agreed.clientMaxWindowBits()) : null;
    }

    /** Whether no message is under way. */
    public boolean isIdle() {
        return inflater == null;
    }

    /** Begins a message, or goes on with it. Borrows {@code in} until {@link #inflate} answers {@code HUNGRY}. */
    public void input(ByteBuf in, int index, int length) {
        Inflater zlib = inflater;
        if (zlib == null) {
            zlib = ZlibPool.local().inflater();
            inflater = zlib;
            if (context != null && context.length() > 0) {
                zlib.setDictionary(context.bytes());
            }
        }
        input = in.nioBufferCount() == 1 ? in.internalNioBuffer(index, length) : in.nioBuffer(index, length);
        zlib.setInput(input);
    }

    /** Inflates into the writable bytes of {@code out}, and no more than fit; before {@code CORRUPT} all that comes before the fault. */
    public Progress inflate(ByteBuf out) {
        Inflater zlib = requireNonNull(inflater);
        long before = 0;
        try {
            while (out.isWritable()) {
                before = zlib.getBytesWritten();
                int written = zlib.inflate(out.internalNioBuffer(out.writerIndex(), out.writableBytes()));
                out.writerIndex(out.writerIndex() + written);
                if (zlib.finished()) {
                    // 7.2.3.4: what follows a block "with BFINAL set to 1" is DEFLATE again, of a new stream.
                    zlib.reset();
                    zlib.setInput(input);
                } else if (out.isWritable()) {
                    return input.hasRemaining() ? Progress.CORRUPT : hungry(zlib);
                }
            }
            return Progress.FULL;
        } catch (DataFormatException e) {
            out.writerIndex(out.writerIndex() + (int) (zlib.getBytesWritten() - before));
            return Progress.CORRUPT;
        }
    }

    /**
     * Ends the message and remembers what the next one may refer to.
     *
     * @param message all that was inflated, with room for one more byte; borrowed
     * @return false if the message is not whole: its last block has no end, or its tail was not cut off
     */
    public boolean end(ByteBufAllocator alloc, ByteBuf message) {
        Inflater zlib = requireNonNull(inflater);
        try {
            zlib.setInput(TAIL);
            int more = zlib.inflate(message.internalNioBuffer(message.writerIndex(), message.writableBytes()));
            if (more != 0 || !zlib.finished() || zlib.getRemaining() != 0) {
                return false;
            }
        } catch (DataFormatException e) {
            return false;
        } finally {
            giveBack();
        }
        if (context != null) {
            context.append(alloc, message);
        }
        return true;
    }

    /** Gives up what is held. */
    public void release() {
        giveBack();
        if (context != null) {
            context.release();
        }
    }

    private Progress hungry(Inflater zlib) {
        input = NOTHING;
        zlib.setInput(NOTHING);
        return Progress.HUNGRY;
    }

    private void giveBack() {
        if (inflater != null) {
            ZlibPool.local().giveBack(inflater);
            inflater = null;
            input = NOTHING;
        }
    }
}
