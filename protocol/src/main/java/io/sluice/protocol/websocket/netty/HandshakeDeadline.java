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
final class HandshakeDeadline extends TimingWheel.Visited {

    /** How long a refused client has to close the connection itself. */
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Channel channel;
    private final TimingWheel wheel;
    private final HandshakeHandler handshake;
    private final long timeoutNanos;
    private long deadlineNanos;
    private boolean lingering;

    HandshakeDeadline(Channel channel, HandshakePipeline pipeline, HandshakeHandler handshake) {
        this.channel = channel;
        this.handshake = handshake;
        wheel = pipeline.wheel(channel.eventLoop());
        timeoutNanos = pipeline.handshakeSettings().timeout().toNanos();
    }

    /** A handshake has begun. If it is the connection's first request the deadline is running already. */
    void begin() {
        if (!wheel.contains(this)) {
            start();
        }
    }

    /** The handshake was refused: from now on only a little time is left to the client. */
    void linger() {
        lingering = true;
        deadlineNanos = now() + LINGER_NANOS;
        wheel.visitWithin(this, LINGER_NANOS, now());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        start();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        wheel.remove(this);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        wheel.remove(this);
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof HttpRequest request
                && request.decoderResult().isSuccess()
                && !request.headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true)) {
            wheel.remove(this);
        }
        ctx.fireChannelRead(message);
    }

    @Override
    long visit(long nowNanos, long stalledNanos) {
        if (nowNanos - deadlineNanos < 0) {
            return deadlineNanos - nowNanos;
        }
        if (lingering) {
            channel.close();
        } else {
            handshake.expire();
        }
        return TimingWheel.NEVER;
    }

    private void start() {
        deadlineNanos = now() + timeoutNanos;
        wheel.add(this, timeoutNanos, now());
    }

    private long now() {
        return channel.eventLoop().ticker().nanoTime();
    }
}
