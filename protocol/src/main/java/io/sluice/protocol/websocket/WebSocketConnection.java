package io.sluice.protocol.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of one open WebSocket (RFC 6455, 5 to 7), without a socket: bytes and the time go in, messages and frames come out
 * through a {@link WebSocketShell}. It reads no clock, blocks on nothing and belongs to one thread. The same bytes in any pieces have the
 * same effect. All state is up to date before the shell is called, so the shell may call {@link #close} from anywhere.
 */
public final class WebSocketConnection {

    private final WebSocketShell shell;
    private final WebSocketSettings settings;
    private final Frames frames = new Frames();
    private final MessageAssembler assembler;
    private final FrameDecoder decoder;
    private final KeepAlive keepAlive;
    private final MessageDeadline deadline = new MessageDeadline();
    private WebSocketLimits limits;

    /** Made for the first ping: most clients never send one. */
    private @Nullable Pongs pongs;

    private @Nullable CloseHandshake closing;
    private long pausedAt;
    private boolean paused;

    /**
     * @param deflate permessage-deflate as it was agreed in the handshake, null if it was not
     * @param firstPingNanos when the first ping is sent
     */
    public WebSocketConnection(
            WebSocketShell shell,
            WebSocketSettings settings,
            @Nullable PerMessageDeflate deflate,
            long firstPingNanos) {
        this.shell = shell;
        this.settings = settings;
        limits = settings.limits();
        assembler = new MessageAssembler(frames, shell, settings.reassembly(), limits, deflate);
        decoder = new FrameDecoder(assembler, deflate != null);
        keepAlive = new KeepAlive(settings, firstPingNanos);
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
        frames.nowNanos = nowNanos;
        for (int n = 0; n < mostFrames && !paused && in.isReadable(); n++) {
            if (closing != null && closing.isOver()) {
                in.skipBytes(in.readableBytes());
                return;
            }
            Violation violation = decoder.decode(in);
            if (violation == null) {
                deadline.received(assembler.inMessage() || !decoder.betweenFrames(), nowNanos);
            } else {
                fail(violation, nowNanos);
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
            excuse(nowNanos - pausedAt);
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
        if (pongs != null) {
            pongs.onWritable();
        }
    }

    /**
     * How long it may be until {@link #tick} is called, if nothing happens before; what is received, a close or a new limit may bring
     * that forward. Not positive where it is due.
     */
    public long untilDeadline(long nowNanos) {
        if (closing != null) {
            return closing.untilDue(nowNanos);
        }
        if (paused) {
            return keepAlive.untilPing(nowNanos);
        }
        return Math.min(deadline.untilDue(nowNanos, limits.messageMillis()), keepAlive.untilDue(nowNanos));
    }

    /**
     * To be called when {@link #untilDeadline} says so, or earlier: pings, and ends what has missed a deadline.
     *
     * @param stalledNanos how much later than intended this call comes, where that is remarkable: this process was not running, so
     *     nobody is blamed for that time
     */
    public void tick(long nowNanos, long stalledNanos) {
        if (closing != null) {
            if (closing.untilDue(nowNanos) <= 0) {
                shell.abort();
            }
            return;
        }
        if (!paused) {
            excuse(stalledNanos);
            if (deadline.untilDue(nowNanos, limits.messageMillis()) <= 0) {
                fail(Violation.MESSAGE_TIMEOUT, nowNanos);
                return;
            }
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
     * To be called when {@link WebSocketShell#shedSoon} was: fails if the unfinished message is still the one that the node has no room
     * for.
     */
    public void shed(long nowNanos) {
        if (assembler.isShed()) {
            fail(Violation.REASSEMBLY_BUDGET, nowNanos);
        }
    }

    /**
     * The connection under this has ended: gives up all that is held.
     *
     * @return the code of RFC 6455, 7.1.5: that of the first close frame, 1005 where it had none, 1006 where there was no such frame
     */
    public int ended() {
        assembler.release();
        releasePongs();
        return closing == null ? CloseCode.ABNORMAL : closing.code();
    }

    private void releasePongs() {
        if (pongs != null) {
            pongs.release();
        }
    }

    /** No deadline ran for so long. */
    private void excuse(long nanos) {
        deadline.excuse(nanos);
        keepAlive.excuse(nanos);
    }

    private void fail(Violation violation, long nowNanos) {
        CloseHandshake handshake = closing;
        boolean first = handshake == null;
        if (handshake == null) {
            handshake = startClosing(violation.closeCode(), nowNanos);
        }
        handshake.end();
        // Counted before the peer is told, so that whoever has seen the close frame finds it counted.
        settings.onViolation().accept(violation);
        if (first) {
            shell.send(FrameEncoder.close(shell.alloc(), violation.closeCode(), violation.sentence()));
        }
        shell.fail();
    }

    private CloseHandshake startClosing(int code, long nowNanos) {
        CloseHandshake handshake =
                new CloseHandshake(code, nowNanos + settings.closeTimeout().toNanos());
        closing = handshake;
        resume(nowNanos);
        assembler.discard();
        releasePongs();
        return handshake;
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
                case PING -> closing == null ? onPing(payload) : null;
                case CLOSE -> onClose(payload);
                default -> null;
            };
        }

        private @Nullable Violation onPing(ByteBuf payload) {
            Pongs answering = pongs;
            if (answering == null) {
                answering = new Pongs(shell, nowNanos);
                pongs = answering;
            }
            return answering.onPing(payload, nowNanos, limits.controlFramesPerSecond());
        }

        private @Nullable Violation onClose(ByteBuf payload) {
            Violation violation = CloseHandshake.check(payload);
            if (violation != null) {
                return violation;
            }
            CloseHandshake handshake = closing;
            boolean first = handshake == null;
            int code = CloseHandshake.code(payload);
            if (handshake == null) {
                handshake = startClosing(code, nowNanos);
            }
            handshake.end();
            if (first) {
                int answer = code == CloseCode.NO_STATUS ? CloseCode.NORMAL : code;
                shell.send(FrameEncoder.close(shell.alloc(), answer, ""));
            }
            shell.end();
            return null;
        }
    }
}
