package io.sluice.gateway.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.sluice.gateway.admission.ClientAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Takes the header with which a proxy begins a connection and says whose it is: the PROXY protocol, versions 1 and 2. What is no such
 * header ends the connection, unanswered; one that never comes is ended by the deadline of the handshake.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {

    /** Bytes of the extensions of version 2, which are passed over. */
    private static final int EXTENSION_BYTES = 2048;

    private ProxyHeader() {}

    static void addTo(ChannelPipeline pipeline) {
        pipeline.addLast(new HAProxyMessageDecoder(EXTENSION_BYTES), new ProxyHeader());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            ctx.fireChannelRead(message);
            return;
        }
        try {
            boolean known = tell(ctx, header);
            ctx.pipeline().remove(this);
            if (!known) {
                ctx.close();
            }
        } finally {
            header.release();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private static boolean tell(ChannelHandlerContext ctx, HAProxyMessage header) {
        if (header.command() == HAProxyCommand.LOCAL || header.proxiedProtocol() == HAProxyProxiedProtocol.UNKNOWN) {
            // The proxy speaks for itself, to see whether the gateway lives.
            return true;
        }
        InetAddress client = address(header);
        InetAddress proxy = ClientAddress.peer(ctx.channel());
        if (client == null || client.isAnyLocalAddress() || client.isMulticastAddress()) {
            return false;
        }
        // Nobody elsewhere can have this machine's loopback address.
        if (client.isLoopbackAddress() && !proxy.isLoopbackAddress()) {
            return false;
        }
        ClientAddress.tell(ctx.channel(), client);
        return true;
    }

    private static @Nullable InetAddress address(HAProxyMessage header) {
        boolean tcp = header.proxiedProtocol() == HAProxyProxiedProtocol.TCP4
                || header.proxiedProtocol() == HAProxyProxiedProtocol.TCP6;
        byte[] bytes = tcp && header.sourceAddress() != null
                ? NetUtil.createByteArrayFromIpAddressString(header.sourceAddress())
                : null;
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("four or sixteen bytes are an address", e);
        }
    }
}
