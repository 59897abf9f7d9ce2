package io.sluice.protocol.websocket.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.sluice.protocol.websocket.CloseCode;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.WebSocketConnection;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.WebSocketShell;
import io.sluice.protocol.websocket.deflate.Compression;
import io.sluice.protocol.websocket.deflate.MessageDeflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The only handler of an open WebSocket: a thin shell that joins a {@link WebSocketConnection} to its channel and to the application.
 * Between two reads it holds no buffer, unless a message is incomplete, reading is paused or the loop's turn was used up.
 */
final class WebSocketHandler extends TimingWheel.Visited implements WebSocket, WebSocketShell {

    /** After so many frames of one channel the loop's other channels have their turn. */
    static final int FRAMES_PER_TURN = 256;

    private final Channel channel;
    private final TimingWheel wheel;
    private final String subprotocol;
    private final WebSocketListener listener;
    private final WebSocketConnection connection;
    private final @Nullable Compression compression;
    private final @Nullable MessageDeflater deflater;

    /** Read from the channel and not yet given to the connection. */
    private @Nullable ByteBuf unread;

    private boolean nextTurnScheduled;
    private boolean unflushed;
    private boolean ended;

    WebSocketHandler(
            Channel channel,
            WebSocketSettings settings,
            TimingWheel wheel,
            String subprotocol,
            @Nullable PerMessageDeflate deflate,
            WebSocketListener listener) {
        this.channel = channel;
        this.wheel = wheel;
        this.subprotocol = subprotocol;
        this.listener = listener;
        long interval = settings.pingInterval().toNanos();
        long firstPing = now() + interval / 2 + ThreadLocalRandom.current().nextLong(interval / 2 + 1);
        connection = new WebSocketConnection(this, settings, deflate, firstPing);
        compression = deflate == null ? null : deflate.compression();
        deflater = deflate == null ? null : new MessageDeflater(deflate);
    }

    /** The 101 has been written. Takes what the client sent behind its handshake. */
    void open(@Nullable ByteBuf early) {
        long now = now();
        wheel.add(this, connection.untilDeadline(now), now);
        unread = early;
        try {
            listener.onOpen(this);
        } catch (RuntimeException e) {
            channel.pipeline().fireExceptionCaught(e);
        }
        channel.flush();
        readOn();
    }

    // The channel's side.

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
        } else if (unread != null) {
            unread = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), unread, in);
        } else {
            receive(in, FRAMES_PER_TURN);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readComplete();
    }

    private void receive(ByteBuf in, int mostFrames) {
        long now = now();
        try {
            connection.receive(in, now, mostFrames);
        } finally {
            observeDeadline(now);
            if (in.isReadable()) {
                unread = in;
                channel.config().setAutoRead(false);
                if (!connection.isPaused()) {
                    scheduleNextTurn();
                }
            } else {
                in.release();
            }
        }
    }

    private void readComplete() {
        listener.onReadComplete();
        if (unflushed) {
            flush();
        }
    }

    private void scheduleNextTurn() {
        if (!nextTurnScheduled) {
            nextTurnScheduled = true;
            channel.eventLoop().execute(() -> {
                nextTurnScheduled = false;
                readOn();
            });
        }
    }

    /** Goes on with what was left, then with the channel. */
    private void readOn() {
        ByteBuf in = unread;
        if (ended || connection.isPaused()) {
            return;
        }
        if (in != null) {
            unread = null;
            try {
                receive(in, FRAMES_PER_TURN);
                readComplete();
            } catch (RuntimeException e) {
                channel.pipeline().fireExceptionCaught(e);
            }
        }
        if (unread == null && !connection.isPaused()) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            connection.onWritable();
        }
        listener.onWritabilityChanged(channel.isWritable());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent) {
            channel.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException || cause instanceof DecoderException) {
            abort();
            return;
        }
        close(CloseCode.INTERNAL_ERROR, "internal error");
        ctx.fireExceptionCaught(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        closed();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        closed();
    }

    private void closed() {
        if (ended) {
            return;
        }
        ended = true;
        wheel.remove(this);
        ByteBuf in = unread;
        unread = null;
        try {
            if (in != null) {
                connection.receive(in, now(), Integer.MAX_VALUE);
            }
        } finally {
            ReferenceCountUtil.release(in);
            if (deflater != null) {
                deflater.release();
            }
            listener.onClosed(connection.ended());
        }
    }

    @Override
    long visit(long nowNanos, long stalledNanos) {
        long wanted = TimingWheel.NEVER;
        try {
            connection.tick(nowNanos, stalledNanos);
            if (!ended) {
                wanted = listener.onTick(nowNanos);
            }
        } catch (RuntimeException e) {
            channel.pipeline().fireExceptionCaught(e);
        }
        return Math.min(wanted, connection.untilDeadline(nowNanos));
    }

    /** Something has happened that the connection's next deadline may have come nearer by. */
    private void observeDeadline(long nowNanos) {
        wheel.visitWithin(this, connection.untilDeadline(nowNanos), nowNanos);
    }

    // The application's side.

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public String subprotocol() {
        return subprotocol;
    }

    @Override
    public @Nullable Compression compression() {
        return compression;
    }

    @Override
    public boolean isOpen() {
        return !ended && connection.isOpen();
    }

    @Override
    public void sendText(ByteBuf payload) {
        send(Opcode.TEXT, payload);
    }

    @Override
    public void sendBinary(ByteBuf payload) {
        send(Opcode.BINARY, payload);
    }

    private void send(Opcode opcode, ByteBuf payload) {
        if (!isOpen()) {
            payload.release();
            return;
        }
        MessageFrames.write(channel, deflater, opcode, payload);
    }

    @Override
    public void write(ByteBuf frames) {
        assert channel.eventLoop().inEventLoop();
        if (isOpen()) {
            channel.write(frames, channel.voidPromise());
        } else {
            frames.release();
        }
    }

    @Override
    public void flush() {
        unflushed = false;
        channel.flush();
    }

    @Override
    public long pendingBytes() {
        ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
        return outbound == null ? 0 : outbound.totalPendingWriteBytes();
    }

    @Override
    public void close(int code, String reason) {
        assert channel.eventLoop().inEventLoop();
        long now = now();
        connection.close(code, reason, now);
        observeDeadline(now);
        scheduleReading();
    }

    @Override
    public void limits(WebSocketLimits limits) {
        connection.limits(limits);
        observeDeadline(now());
    }

    @Override
    public void tickWithin(long nanos) {
        wheel.visitWithin(this, nanos, now());
    }

    @Override
    public void reading(boolean enabled) {
        assert channel.eventLoop().inEventLoop();
        long now = now();
        if (enabled) {
            connection.resume(now);
            observeDeadline(now);
            scheduleReading();
        } else {
            connection.pause(now);
            if (connection.isPaused()) {
                channel.config().setAutoRead(false);
            }
        }
    }

    /** Not at once: the caller may be in the middle of something, and a listener is not to be called from within its own calls. */
    private void scheduleReading() {
        if (unread != null || !channel.config().isAutoRead()) {
            scheduleNextTurn();
        }
    }

    // The connection's side.

    @Override
    public ByteBufAllocator alloc() {
        return channel.alloc();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public boolean isAcknowledged() {
        return Acknowledgements.arrive(channel);
    }

    @Override
    public void send(ByteBuf frame) {
        unflushed = true;
        channel.write(frame, channel.voidPromise());
    }

    @Override
    public void onMessage(Opcode opcode, ByteBuf payload) {
        if (opcode == Opcode.TEXT) {
            listener.onText(payload);
        } else {
            listener.onBinary(payload);
        }
    }

    @Override
    public void shedSoon() {
        try {
            channel.eventLoop().execute(this::shed);
        } catch (RejectedExecutionException e) {
            // The event loop is gone, and what its connections held with it.
            assert channel.eventLoop().isShuttingDown();
        }
    }

    private void shed() {
        long now = now();
        connection.shed(now);
        observeDeadline(now);
        scheduleReading();
    }

    @Override
    public void end() {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void fail() {
        HalfClose.afterFlush(channel);
    }

    @Override
    public void abort() {
        // Past the pipeline: TLS would first try to tell a peer that is gone.
        channel.unsafe().close(channel.unsafe().voidPromise());
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }
}
