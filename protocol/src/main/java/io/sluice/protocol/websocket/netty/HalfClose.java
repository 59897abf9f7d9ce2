package io.sluice.protocol.websocket.netty;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/**
 * Ends a connection on which the peer may still be sending. A plain close would make the kernel answer those bytes with a reset, and the
 * peer would lose what was sent last: the very frame or response that tells it why. So this side says that it has ended, reads on, and
 * leaves the rest to the peer, or to a deadline.
 */
final class HalfClose {

    private HalfClose() {}

    /** Flushes all that was written, and ends this side's stream behind it. */
    static void afterFlush(Channel channel) {
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener((ChannelFutureListener) written -> {
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls != null) {
                tls.closeOutbound();
            } else if (channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput();
            } else {
                channel.close();
            }
        });
    }
}
