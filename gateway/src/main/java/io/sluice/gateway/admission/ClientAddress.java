package io.sluice.gateway.admission;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Who is at the other end of a connection: its peer, or the one for whom a trusted proxy says it speaks. */
public final class ClientAddress {

    private static final AttributeKey<InetAddress> TOLD = AttributeKey.valueOf(ClientAddress.class, "told");

    private static final int IPV6_PREFIX_BYTES = 8;

    private ClientAddress() {}

    /** What {@link #tell} said of {@code channel}, else its peer. */
    public static InetAddress of(Channel channel) {
        InetAddress told = channel.attr(TOLD).get();
        return told == null ? peer(channel) : told;
    }

    /** The peer of the connection itself; the loopback address on transports that have none. */
    public static InetAddress peer(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress remote
                ? remote.getAddress()
                : InetAddress.getLoopbackAddress();
    }

    /** A trusted proxy has told for whom it speaks. */
    public static void tell(Channel channel, InetAddress client) {
        channel.attr(TOLD).set(client);
    }

    /** What is counted as one address: an IPv6 host usually has a whole /64 to itself. */
    public static InetAddress counted(InetAddress address) {
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new AssertionError("sixteen bytes are an address", e);
        }
    }
}
