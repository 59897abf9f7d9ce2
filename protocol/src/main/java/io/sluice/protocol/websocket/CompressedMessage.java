package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.protocol.websocket.deflate.MessageInflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The compressed messages of a connection, one after another, inflated as they arrive into the connection's {@link Assembly} (RFC 7692,
 * 7.2.2). What is wrong is found in the order of the inflated bytes, whatever the pieces in which the compressed ones come: of a text
 * that is first not UTF-8 and then not DEFLATE the former is said.
 */
final class CompressedMessage {

    /** A guess how many times as long as its compressed bytes a message is. */
    private static final int INFLATION = 4;

    private final MessageInflater inflater;
    private final ByteBufAllocator alloc;
    private final Assembly assembly;
    private boolean text;
    private int utf8;

    CompressedMessage(PerMessageDeflate agreed, ByteBufAllocator alloc, Assembly assembly) {
        inflater = new MessageInflater(agreed);
        this.alloc = alloc;
        this.assembly = assembly;
    }

    void begin(boolean text) {
        this.text = text;
        utf8 = Utf8Validator.ACCEPT;
    }

    /**
     * Inflates the next {@code length} readable bytes of {@code in}, without moving its index. Borrows it.
     *
     * @param end whether the frame ends with them
     * @param whole whether the message does; if so, and nothing is wrong, the assembly holds it
     * @param most bytes that the message may have, inflated
     */
    @Nullable
    Violation append(ByteBuf in, int length, boolean end, boolean whole, long most) {
        // What does not outlive this call is not charged, like any message that arrives whole.
        boolean charged = !whole || !inflater.isIdle();
        if (charged && !charge(end)) {
            return Violation.REASSEMBLY_BUDGET;
        }
        inflater.input(in, in.readerIndex(), length);
        MessageInflater.Progress progress;
        do {
            // The byte beyond the limit must have room: it is the one that tells.
            ByteBuf out = assembly.room((long) INFLATION * length, most + 1, charged);
            if (out == null) {
                return Violation.REASSEMBLY_BUDGET;
            }
            int from = out.writerIndex();
            progress = inflater.inflate(out);
            Violation violation = check(out, from, most);
            if (violation != null) {
                return violation;
            }
        } while (progress == MessageInflater.Progress.FULL);
        if (progress == MessageInflater.Progress.CORRUPT) {
            return Violation.CORRUPT_DEFLATE;
        }
        return whole ? end(most, charged) : null;
    }

    private boolean charge(boolean endOfFrame) {
        return (!inflater.isIdle() || assembly.charge(MessageInflater.BYTES))
                && (!endOfFrame || assembly.charge(ReassemblyBudget.FRAGMENT));
    }

    /** What is wrong with the bytes inflated from index {@code from} on. */
    private @Nullable Violation check(ByteBuf out, int from, long most) {
        int more = out.writerIndex() - from;
        if (more > 0 && text) {
            ByteBuffer inflated = out.internalNioBuffer(from, more);
            utf8 = Utf8Validator.validate(utf8, inflated, inflated.position(), inflated.limit());
            if (utf8 == Utf8Validator.REJECT) {
                return Violation.TEXT_NOT_UTF8;
            }
        }
        return out.readableBytes() > most ? Violation.MESSAGE_TOO_BIG : null;
    }

    private @Nullable Violation end(long most, boolean charged) {
        ByteBuf out = assembly.room(0, most + 1, charged);
        if (out == null) {
            return Violation.REASSEMBLY_BUDGET;
        }
        if (!inflater.end(alloc, out)) {
            return Violation.CORRUPT_DEFLATE;
        }
        return utf8 == Utf8Validator.ACCEPT ? null : Violation.TEXT_NOT_UTF8;
    }

    /** Gives up what is held: an unfinished message, and the window. */
    void release() {
        inflater.release();
    }
}
