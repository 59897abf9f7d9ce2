package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one open WebSocket (RFC 6455, 5 to 7), without a socket: bytes and the time go in, messages and frames come out
 * through a {@link Shell}. It reads no clock, blocks on nothing and belongs to one thread. The same bytes in any pieces have the same
 * effect. All state is up to date before the shell is called, so the shell may call {@link #close} from anywhere.
 */
public final class WebSocketConnection {

    /** The world around a connection. */
    public interface Shell {

        ByteBufAllocator alloc();

        /** Whether what is sent now would leave soon. */
        boolean isWritable();

        /** Bytes sent that have not left yet. */
        long pendingBytes();

        /**
         * Whether the peer's host, though not the peer, is known to be alive: it acknowledges what the kernel still has to send. False
         * where nothing is left to send, and where nobody can tell.
         */
        default boolean isAcknowledged() {
            return false;
        }

        /** Writes a whole frame, without a flush. Takes it. */
        void send(ByteBuf frame);

        void flush();

        /** One whole message, {@code opcode} being TEXT, valid UTF-8, or BINARY. Borrows {@code payload} and its indexes. */
        void onMessage(Opcode opcode, ByteBuf payload);

        /** Both close frames were exchanged: flush, then end the connection (RFC 6455, 7.1.1: the server ends it first). */
        void end();

        /**
         * The connection has failed and the close frame was sent: flush, send nothing more, and leave it to the peer to end the
         * connection, whose bytes under way would otherwise make the kernel reset it and lose the close frame. {@link #abort} follows
         * if it does not.
         */
        void fail();

        /** End the connection now: the peer is gone or has not kept a deadline. */
        void abort();
    }

    private final Shell shell;
    private final WebSocketSettings settings;
    private final Frames frames = new Frames();
    private final MessageAssembler assembler;
    private final FrameDecoder decoder;
    private final KeepAlive keepAlive;
    private WebSocketLimits limits;
    private @Nullable CloseHandshake closing;
    private @Nullable ByteBuf pendingPong;

    /** When the next ping is within the rate, were they evenly spread; a burst runs ahead of it. */
    private long pingAllowance;

    private long incompleteSince;
    private long pausedAt;
    private boolean incomplete;
    private boolean paused;

    /**
     * @param deflate permessage-deflate as it was agreed in the handshake, null if it was not
     * @param firstPingNanos when the first ping is sent
     */
    public WebSocketConnection(
            Shell shell,
            WebSocketSettings settings,
            @Nullable PerMessageDeflate deflate,
            long nowNanos,
            long firstPingNanos) {
        this.shell = shell;
        this.settings = settings;
        limits = settings.limits();
        assembler = new MessageAssembler(frames, shell.alloc(), settings.reassembly(), limits, deflate);
        decoder = new FrameDecoder(assembler, deflate != null);
        keepAlive = new KeepAlive(settings, firstPingNanos);
        pingAllowance = nowNanos;
    }

    /** False from the moment a close frame was sent or received. */
    public boolean isOpen() {
        return closing == null;
    }

    /** Replaces the limits, from the next frame header on. */
    public void limits(WebSocketLimits limits) {
        this.limits = limits;
        assembler.limits(limits);
    }

    /**
     * Reads from {@code in} until it is empty, the connection is paused, or {@code mostFrames} frames have been read; what was not read
     * is left. Borrows {@code in}, which must be the caller's alone: payloads are unmasked in it.
     */
    public void receive(ByteBuf in, long nowNanos, int mostFrames) {
        keepAlive.heard();
        for (int n = 0; n < mostFrames && !paused && in.isReadable(); n++) {
            if (closing != null && closing.isOver()) {
                in.skipBytes(in.readableBytes());
                return;
            }
            boolean first = !incomplete;
            frames.nowNanos = nowNanos;
            Violation violation = decoder.decode(in);
            if (violation != null) {
                fail(violation, nowNanos);
                continue;
            }
            incomplete = assembler.inMessage() || !decoder.betweenFrames();
            if (incomplete && first) {
                incompleteSince = nowNanos;
            }
        }
    }

    /** Stops {@link #receive} after the present frame. A connection that is closing can not be paused. */
    public void pause(long nowNanos) {
        if (!paused && closing == null) {
            paused = true;
            pausedAt = nowNanos;
        }
    }

    public void resume(long nowNanos) {
        if (paused) {
            paused = false;
            incompleteSince += nowNanos - pausedAt;
            keepAlive.excuse(nowNanos - pausedAt);
        }
    }

    public boolean isPaused() {
        return paused;
    }

    /**
     * Starts the closing handshake: sends a close frame, flushes, and reads over all that comes before the peer's. No effect if one was
     * sent or received before.
     *
     * @throws IllegalArgumentException if the code may not be sent or the reason is longer than 123 bytes of UTF-8
     */
    public void close(int code, String reason, long nowNanos) {
        if (closing != null) {
            return;
        }
        ByteBuf frame = FrameEncoder.close(shell.alloc(), code, reason);
        startClosing(code, nowNanos);
        shell.send(frame);
        shell.flush();
    }

    /** What waited for the peer to read may leave now. */
    public void onWritable() {
        ByteBuf pong = pendingPong;
        if (pong != null && closing == null) {
            pendingPong = null;
            shell.send(pong);
            shell.flush();
        }
    }

    /**
     * To be called a few times a second: pings, and ends what has missed a deadline.
     *
     * @param stalledNanos how much later than intended this call comes, where that is remarkable: this process was not running, so
     *     nobody is blamed for that time
     */
    public void tick(long nowNanos, long stalledNanos) {
        if (closing != null) {
            if (closing.isDue(nowNanos)) {
                shell.abort();
            }
            return;
        }
        incompleteSince += stalledNanos;
        keepAlive.excuse(stalledNanos);
        if (incomplete && !paused && nowNanos - incompleteSince >= limits.messageMillis() * 1_000_000) {
            fail(Violation.MESSAGE_TIMEOUT, nowNanos);
            return;
        }
        switch (keepAlive.due(nowNanos, shell.pendingBytes())) {
            case PING -> {
                shell.send(FrameEncoder.control(shell.alloc(), Opcode.PING, Unpooled.EMPTY_BUFFER));
                shell.flush();
            }
            case END -> {
                // A slow reader has not come to the ping, which may wait behind minutes of what the kernel took.
                if (!paused && !shell.isAcknowledged()) {
                    shell.abort();
                }
            }
            case NOTHING -> {}
        }
    }

    /**
     * The connection under this has ended: gives up all that is held.
     *
     * @return the code of RFC 6455, 7.1.5: that of the first close frame, 1005 where it had none, 1006 where there was no such frame
     */
    public int ended() {
        assembler.release();
        dropPong();
        return closing == null ? CloseCode.ABNORMAL : closing.code();
    }

    private void fail(Violation violation, long nowNanos) {
        boolean closeFrameSent = closing != null;
        if (closing == null) {
            closing = startClosing(violation.closeCode(), nowNanos);
        }
        closing.end();
        if (!closeFrameSent) {
            shell.send(FrameEncoder.close(shell.alloc(), violation.closeCode(), violation.sentence()));
        }
        shell.fail();
        settings.onViolation().accept(violation);
    }

    private CloseHandshake startClosing(int code, long nowNanos) {
        CloseHandshake handshake =
                new CloseHandshake(code, nowNanos + settings.closeTimeout().toNanos());
        closing = handshake;
        resume(nowNanos);
        assembler.discard();
        dropPong();
        return handshake;
    }

    private void dropPong() {
        if (pendingPong != null) {
            pendingPong.release();
            pendingPong = null;
        }
    }

    /** What the assembler hands out. */
    private final class Frames implements MessageAssembler.Receiver {

        private long nowNanos;

        @Override
        public @Nullable Violation onMessage(Opcode opcode, ByteBuf payload) {
            shell.onMessage(opcode, payload);
            return null;
        }

        @Override
        public @Nullable Violation onControl(Opcode opcode, ByteBuf payload) {
            return switch (opcode) {
                case PING -> onPing(payload);
                case CLOSE -> onClose(payload);
                default -> null;
            };
        }

        private @Nullable Violation onPing(ByteBuf payload) {
            if (closing != null) {
                return null;
            }
            if (!withinRate()) {
                return Violation.CONTROL_FLOOD;
            }
            dropPong();
            ByteBuf pong = FrameEncoder.control(shell.alloc(), Opcode.PONG, payload);
            // RFC 6455, 5.5.3: "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping
            // frame".
            if (shell.isWritable()) {
                shell.send(pong);
            } else {
                pendingPong = pong;
            }
            return null;
        }

        private boolean withinRate() {
            long apart = 1_000_000_000L / limits.controlFramesPerSecond();
            if (nowNanos - pingAllowance > 0) {
                pingAllowance = nowNanos;
            }
            if (pingAllowance - nowNanos > 1_000_000_000L - apart) {
                return false;
            }
            pingAllowance += apart;
            return true;
        }

        private @Nullable Violation onClose(ByteBuf payload) {
            Violation violation = CloseHandshake.check(payload);
            if (violation != null) {
                return violation;
            }
            CloseHandshake handshake = closing;
            if (handshake == null) {
                int code = CloseHandshake.code(payload);
                handshake = startClosing(code, nowNanos);
                handshake.end();
                int answer = code == CloseCode.NO_STATUS ? CloseCode.NORMAL : code;
                shell.send(FrameEncoder.close(shell.alloc(), answer, ""));
            }
            handshake.end();
            shell.end();
            return null;
        }
    }
}
