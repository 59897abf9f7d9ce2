package io.sluice.protocol.websocket.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection whose handshake takes too long, counted from the first moment: neither a byte now and then nor a slow decision moves
 * the deadline. A request that is no handshake stops it, until one comes that is.
 */
final class HandshakeDeadline extends Sweep.Visited {

    /** How long a refused client has to close the connection itself. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Channel channel;
    private final Sweep sweep;
    private final HandshakeHandler handshake;
    private final long timeoutNanos;
    private long deadlineNanos;
    private boolean lingering;

    HandshakeDeadline(Channel channel, HandshakePipeline pipeline, HandshakeHandler handshake) {
        this.channel = channel;
        this.handshake = handshake;
        sweep = pipeline.sweep(channel.eventLoop());
        timeoutNanos = pipeline.handshakeSettings().timeout().toNanos();
    }

    /** A handshake has begun. If it is the connection's first request the deadline is running already. */
    void begin() {
        if (!sweep.contains(this)) {
            start();
        }
    }

    /** The handshake was refused: from now on only a little time is left to the client. */
    void linger() {
        lingering = true;
        deadlineNanos = now() + LINGER_NANOS;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        start();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        sweep.remove(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        sweep.remove(this);
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request
                && request.decoderResult().isSuccess()
                && !request.headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true)) {
            sweep.remove(this);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    void visit(long nowNanos, long stalledNanos) {
        if (nowNanos - deadlineNanos < 0) {
            return;
        }
        if (lingering) {
            channel.close();
        } else {
            handshake.expire();
        }
    }

    private void start() {
        deadlineNanos = now() + timeoutNanos;
        sweep.add(this);
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }
}
