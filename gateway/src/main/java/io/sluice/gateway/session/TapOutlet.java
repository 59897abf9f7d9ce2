package io.sluice.gateway.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;

/** Between a WebSocket and the wire, while somebody watches: a session that nobody watches pays nothing for it. */
final class TapOutlet extends ChannelOutboundHandlerAdapter {

    private static final String NAME = "tap";

    private final SessionTap tap;

    private TapOutlet(SessionTap tap) {
        this.tap = tap;
    }

    /** Below the WebSocket, which stands last. */
    static void open(ChannelPipeline pipeline, SessionTap tap) {
        ChannelHandlerContext webSocket = pipeline.lastContext();
        if (webSocket != null) {
            pipeline.addBefore(webSocket.name(), NAME, new TapOutlet(tap));
        }
    }

    static void close(ChannelPipeline pipeline) {
        if (pipeline.get(NAME) != null) {
            pipeline.remove(NAME);
        }
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof ByteBuf frames) {
            tap.sent(frames);
        }
        ctx.write(message, promise);
    }
}
