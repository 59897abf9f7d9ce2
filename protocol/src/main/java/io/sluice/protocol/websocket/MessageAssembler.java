package io.sluice.protocol.websocket;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import org.jspecify.annotations.Nullable;

/**
 * Makes whole messages and whole control frames from the pieces of frames (RFC 6455, 5.4 and 5.5). A message that arrives whole, in one
 * frame and one piece, is handed out where it lies, unmasked in place; only what is incomplete is copied, into an {@link Assembly}. A
 * compressed message is inflated into it as it arrives.
 */
final class MessageAssembler implements FrameDecoder.Listener {

    /** Takes what is whole. Both methods borrow the buffer, whose readable bytes are the payload until they return. */
    interface Receiver {

        @Nullable
        Violation onMessage(Opcode opcode, ByteBuf payload);

        @Nullable
        Violation onControl(Opcode opcode, ByteBuf payload);
    }

    private final Receiver receiver;
    private final WebSocketShell shell;
    private final ReassemblyBudget budget;
    private final @Nullable CompressedMessage inflating;
    private WebSocketLimits limits;

    /** Made for the first message that does not come whole: with most clients every one does. */
    private @Nullable Assembly assembly;

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

    /** What came of a control frame that did not come in one piece. */
    private @Nullable ByteBuf control;

    MessageAssembler(
            Receiver receiver,
            WebSocketShell shell,
            ReassemblyBudget budget,
            WebSocketLimits limits,
            @Nullable PerMessageDeflate deflate) {
        this.receiver = receiver;
        this.shell = shell;
        this.budget = budget;
        this.limits = limits;
        inflating = deflate == null ? null : new CompressedMessage(deflate, shell.alloc(), assembly());
    }

    /** In force from the next frame header on. */
    void limits(WebSocketLimits limits) {
        this.limits = limits;
    }

    boolean inMessage() {
        return message != null;
    }

    /** Whether the message that is open has to be given up, since it holds more of the budget than others. */
    boolean isShed() {
        return assembly != null && assembly.isShed();
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
        }
        if (control != null) {
            control.release();
            control = null;
        }
        if (inflating != null) {
            inflating.release();
        }
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
        begin(opcode, rsv1);
        return null;
    }

    private void begin(Opcode opcode, boolean rsv1) {
        message = opcode;
        compressed = rsv1;
        fragments = 1;
        bytes = 0;
        utf8 = Utf8Validator.ACCEPT;
        if (rsv1) {
            requireNonNull(inflating).begin(opcode == Opcode.TEXT);
        }
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
        return compressed ? inflate(in, length, key, end, whole) : plain(in, length, key, end, whole);
    }

    private @Nullable Violation inflate(ByteBuf in, int length, int key, boolean end, boolean whole) {
        Mask.unmask(in, in.readerIndex(), length, key);
        Violation violation = requireNonNull(inflating).append(in, length, end, whole, limits.messageBytes());
        return violation != null || !whole ? violation : deliverAssembled();
    }

    private @Nullable Violation plain(ByteBuf in, int length, int key, boolean end, boolean whole) {
        if (message == Opcode.TEXT) {
            utf8 = Mask.unmaskUtf8(in, in.readerIndex(), length, key, utf8);
            if (utf8 == Utf8Validator.REJECT || (whole && utf8 != Utf8Validator.ACCEPT)) {
                return Violation.TEXT_NOT_UTF8;
            }
        } else {
            Mask.unmask(in, in.readerIndex(), length, key);
        }
        if (whole && (assembly == null || assembly.settleIfEmpty())) {
            return lend(in, length, finish());
        }
        if (!keep(in, length, end, whole)) {
            return Violation.REASSEMBLY_BUDGET;
        }
        return whole ? deliverAssembled() : null;
    }

    private Assembly assembly() {
        if (assembly == null) {
            assembly = new Assembly(shell, budget);
        }
        return assembly;
    }

    private boolean keep(ByteBuf in, int length, boolean end, boolean whole) {
        if (end && !whole && !assembly().charge(ReassemblyBudget.FRAGMENT)) {
            return false;
        }
        // Doubling need not go beyond what the last frame announced, or beyond what the limit allows the next ones.
        return length == 0 || assembly().append(in, length, fin ? bytes : limits.messageBytes());
    }

    private @Nullable Violation deliverAssembled() {
        ByteBuf payload = assembly().take();
        try {
            return receiver.onMessage(finish(), payload);
        } finally {
            payload.release();
        }
    }

    /** The message is over before it is handed out, so that whoever gets it finds a decoder that waits for the next. */
    private Opcode finish() {
        Opcode opcode = requireNonNull(message);
        message = null;
        return opcode;
    }

    private @Nullable Violation control(ByteBuf in, int length, int key, boolean end) {
        Mask.unmask(in, in.readerIndex(), length, key);
        if (end && control == null) {
            return lend(in, length, frame);
        }
        if (control == null) {
            control = shell.alloc().buffer(FrameDecoder.CONTROL_LENGTH);
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
    private @Nullable Violation lend(ByteBuf in, int length, Opcode opcode) {
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
