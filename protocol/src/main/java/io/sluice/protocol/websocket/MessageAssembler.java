package io.sluice.protocol.websocket;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.protocol.websocket.deflate.MessageInflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole messages and whole control frames from the pieces of frames (RFC 6455, 5.4 and 5.5). A message that arrives whole, in one
 * frame and one piece, is handed out where it lies, unmasked in place; only what is incomplete is copied, into one buffer that grows
 * with what has arrived and never with what was announced. A compressed message is inflated as it arrives, into that same buffer.
 */
final class MessageAssembler implements FrameDecoder.Listener {

    /** Takes what is whole. Both methods borrow the buffer, whose readable bytes are the payload until they return. */
    interface Receiver {

        @Nullable
        Violation onMessage(Opcode opcode, ByteBuf payload);

        @Nullable
        Violation onControl(Opcode opcode, ByteBuf payload);
    }

    private static final int SMALLEST_BUFFER = 256;

    /** A guess how many times as long as its compressed bytes a message is. */
    private static final int INFLATION = 4;

    private final Receiver receiver;
    private final ByteBufAllocator alloc;
    private final ReassemblyBudget budget;
    private final @Nullable MessageInflater inflater;
    private WebSocketLimits limits;

    /** Of the frame that is being read. */
    private Opcode frame = Opcode.CONTINUATION;

    private boolean fin;

    /** Of the message that is open, from its first byte to its last; null between two messages. */
    private @Nullable Opcode message;

    private boolean discarding;
    private boolean compressed;
    private int fragments;
    private int utf8;

    /** Announced so far by the headers of the message's frames. */
    private long bytes;

    private long charged;
    private @Nullable ByteBuf assembly;
    private @Nullable ByteBuf control;

    MessageAssembler(
            Receiver receiver,
            ByteBufAllocator alloc,
            ReassemblyBudget budget,
            WebSocketLimits limits,
            @Nullable PerMessageDeflate deflate) {
        this.receiver = receiver;
        this.alloc = alloc;
        this.budget = budget;
        this.limits = limits;
        inflater = deflate == null ? null : new MessageInflater(deflate);
    }

    /** In force from the next frame header on. */
    void limits(WebSocketLimits limits) {
        this.limits = limits;
    }

    boolean inMessage() {
        return message != null;
    }

    /** From now on data frames are read over: nothing is kept of them, nothing handed out. Control frames still are. */
    void discard() {
        discarding = true;
        release();
    }

    /** Gives up what is held. */
    void release() {
        if (assembly != null) {
            assembly.release();
            assembly = null;
        }
        if (control != null) {
            control.release();
            control = null;
        }
        if (inflater != null) {
            inflater.release();
        }
        budget.release(charged);
        charged = 0;
    }

    @Override
    public @Nullable Violation onFrame(boolean fin, boolean rsv1, Opcode opcode) {
        frame = opcode;
        this.fin = fin;
        if (opcode.isControl()) {
            return null;
        }
        if (opcode == Opcode.CONTINUATION) {
            if (message == null) {
                return Violation.UNEXPECTED_CONTINUATION;
            }
            fragments++;
            return fragments > limits.fragments() && !discarding ? Violation.TOO_MANY_FRAGMENTS : null;
        }
        if (message != null) {
            return Violation.EXPECTED_CONTINUATION;
        }
        if (rsv1 && !limits.inflate() && !discarding) {
            return Violation.DEFLATE_NOT_ALLOWED;
        }
        message = opcode;
        compressed = rsv1;
        fragments = 1;
        bytes = 0;
        utf8 = Utf8Validator.ACCEPT;
        return null;
    }

    @Override
    public @Nullable Violation onLength(long length) {
        if (frame.isControl() || discarding) {
            return null;
        }
        if (length > (compressed ? limits.compressedBytes() : limits.messageBytes()) - bytes) {
            return Violation.MESSAGE_TOO_BIG;
        }
        bytes += length;
        return null;
    }

    @Override
    public @Nullable Violation onPayload(ByteBuf in, int length, int key, boolean end) {
        if (frame.isControl()) {
            return control(in, length, key, end);
        }
        boolean whole = end && fin;
        if (discarding) {
            message = whole ? null : message;
            return null;
        }
        if (compressed) {
            Mask.unmask(in, in.readerIndex(), length, key);
            return inflate(requireNonNull(inflater), in, length, end);
        }
        if (message == Opcode.TEXT) {
            utf8 = Mask.unmaskUtf8(in, in.readerIndex(), length, key, utf8);
            if (utf8 == Utf8Validator.REJECT || (whole && utf8 != Utf8Validator.ACCEPT)) {
                return Violation.TEXT_NOT_UTF8;
            }
        } else {
            Mask.unmask(in, in.readerIndex(), length, key);
        }
        if (!whole) {
            return keep(in, length, end);
        }
        return assembly == null ? deliver(in, length) : deliverAssembled(in, length);
    }

    private @Nullable Violation deliver(ByteBuf in, int length) {
        Opcode opcode = finish();
        return withWindow(in, length, opcode);
    }

    private @Nullable Violation deliverAssembled(ByteBuf in, int length) {
        Violation violation = append(in, length);
        return violation == null ? deliverAssembled() : violation;
    }

    private @Nullable Violation deliverAssembled() {
        ByteBuf payload = requireNonNull(assembly);
        assembly = null;
        Opcode opcode = finish();
        try {
            return receiver.onMessage(opcode, payload);
        } finally {
            payload.release();
        }
    }

    /** The message is over before it is handed out, so that whoever gets it finds a decoder that waits for the next. */
    private Opcode finish() {
        Opcode opcode = requireNonNull(message);
        message = null;
        budget.release(charged);
        charged = 0;
        return opcode;
    }

    /** Inflates what came of a compressed message, and hands it out with its last byte. */
    private @Nullable Violation inflate(MessageInflater zlib, ByteBuf in, int length, boolean end) {
        boolean whole = end && fin;
        // What does not outlive this call is not charged, like any message that arrives whole.
        boolean charged = !whole || !zlib.isIdle();
        if (charged && zlib.isIdle() && !charge(MessageInflater.BYTES)) {
            return Violation.REASSEMBLY_BUDGET;
        }
        if (charged && end && !charge(ReassemblyBudget.FRAGMENT)) {
            return Violation.REASSEMBLY_BUDGET;
        }
        zlib.input(in, in.readerIndex(), length);
        MessageInflater.Progress progress;
        do {
            ByteBuf out = room(length, charged);
            if (out == null) {
                return Violation.REASSEMBLY_BUDGET;
            }
            int from = out.writerIndex();
            progress = zlib.inflate(out);
            Violation violation = check(out, from, progress);
            if (violation != null) {
                return violation;
            }
        } while (progress == MessageInflater.Progress.FULL);
        if (!whole) {
            return null;
        }
        ByteBuf out = room(0, charged);
        if (out == null) {
            return Violation.REASSEMBLY_BUDGET;
        }
        if (!zlib.end(alloc, out)) {
            return Violation.CORRUPT_DEFLATE;
        }
        return utf8 == Utf8Validator.ACCEPT ? deliverAssembled() : Violation.TEXT_NOT_UTF8;
    }

    /** What is wrong with the bytes inflated from index {@code from} on. */
    private @Nullable Violation check(ByteBuf out, int from, MessageInflater.Progress progress) {
        if (progress == MessageInflater.Progress.CORRUPT) {
            return Violation.CORRUPT_DEFLATE;
        }
        int more = out.writerIndex() - from;
        if (more > 0 && message == Opcode.TEXT) {
            ByteBuffer text = out.internalNioBuffer(from, more);
            utf8 = Utf8Validator.validate(utf8, text, text.position(), text.limit());
            if (utf8 == Utf8Validator.REJECT) {
                return Violation.TEXT_NOT_UTF8;
            }
        }
        return out.readableBytes() > limits.messageBytes() ? Violation.MESSAGE_TOO_BIG : null;
    }

    /** The assembly with room for at least one byte more, which may be the one beyond the limit; null if it can not be charged. */
    private @Nullable ByteBuf room(int compressedBytes, boolean charged) {
        ByteBuf present = assembly;
        if (present != null && present.isWritable()) {
            return present;
        }
        int capacity = present == null ? 0 : present.capacity();
        long wanted = present == null ? Math.max(SMALLEST_BUFFER, (long) INFLATION * compressedBytes) : 2L * capacity;
        int enough = (int) Math.max(capacity + 1, Math.min(limits.messageBytes() + 1, wanted));
        if (charged && !charge(enough - capacity)) {
            return null;
        }
        ByteBuf grown = present == null ? alloc.buffer(enough) : present.capacity(enough);
        assembly = grown;
        return grown;
    }

    private @Nullable Violation keep(ByteBuf in, int length, boolean end) {
        if (end && !charge(ReassemblyBudget.FRAGMENT)) {
            return Violation.REASSEMBLY_BUDGET;
        }
        return length == 0 ? null : append(in, length);
    }

    private @Nullable Violation append(ByteBuf in, int length) {
        int held = assembly == null ? 0 : assembly.readableBytes();
        int capacity = assembly == null ? 0 : assembly.capacity();
        if (held + length > capacity) {
            // Doubling need not go beyond what the last frame announced, or beyond what the limit allows the next ones.
            long most = fin ? bytes : limits.messageBytes();
            int doubled = Math.max(SMALLEST_BUFFER, 2 * (held + length));
            int enough = Math.max(held + length, (int) Math.min(most, doubled));
            if (!charge(enough - capacity)) {
                return Violation.REASSEMBLY_BUDGET;
            }
            assembly = assembly == null ? alloc.buffer(enough) : assembly.capacity(enough);
        }
        if (assembly != null) {
            assembly.writeBytes(in, in.readerIndex(), length);
        }
        return null;
    }

    private boolean charge(int more) {
        if (!budget.reserve(more)) {
            return false;
        }
        charged += more;
        return true;
    }

    private @Nullable Violation control(ByteBuf in, int length, int key, boolean end) {
        Mask.unmask(in, in.readerIndex(), length, key);
        if (end && control == null) {
            return withWindow(in, length, frame);
        }
        if (control == null) {
            control = alloc.buffer(FrameDecoder.CONTROL_LENGTH);
        }
        control.writeBytes(in, in.readerIndex(), length);
        if (!end) {
            return null;
        }
        ByteBuf payload = control;
        control = null;
        try {
            return receiver.onControl(frame, payload);
        } finally {
            payload.release();
        }
    }

    /** Lends {@code in} itself with its indexes around the payload: a slice would be an object for each message. */
    private @Nullable Violation withWindow(ByteBuf in, int length, Opcode opcode) {
        int start = in.readerIndex();
        int limit = in.writerIndex();
        in.writerIndex(start + length);
        try {
            return opcode.isControl() ? receiver.onControl(opcode, in) : receiver.onMessage(opcode, in);
        } finally {
            in.setIndex(start, limit);
        }
    }
}
