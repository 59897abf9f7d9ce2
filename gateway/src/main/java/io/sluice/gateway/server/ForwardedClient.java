package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.sluice.gateway.admission.ClientAddress;
import io.sluice.gateway.admission.Proxies;

/** On a connection of a proxy: says whose it is, as soon as its request has told, and counts it as that one's. */
final class ForwardedClient extends ChannelInboundHandlerAdapter {

    private final Proxies proxies;
    private final ConnectionCounts counts;
    private boolean known;

    ForwardedClient(Proxies proxies, ConnectionCounts counts) {
        this.proxies = proxies;
        this.counts = counts;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!known && message instanceof HttpRequest request) {
            known = true;
            Channel channel = ctx.channel();
            ClientAddress.tell(channel, proxies.client(ClientAddress.of(channel), request.headers()));
            if (!counts.identify(channel)) {
                ReferenceCountUtil.release(message);
                ctx.close();
                return;
            }
        }
        ctx.fireChannelRead(message);
    }
}
