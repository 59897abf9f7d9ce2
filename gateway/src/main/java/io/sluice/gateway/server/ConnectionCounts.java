package io.sluice.gateway.server;

import io.netty.channel.Channel;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of this node and of each remote address, from accept to close. An IPv6 host usually has a whole /64 to itself, so
 * that counts as one address. Any thread.
 */
final class ConnectionCounts {

    enum Verdict {
        ADMITTED,
        NODE_FULL,
        ADDRESS_FULL
    }

    /** Connections over the limit that are still answered with a sentence; more are closed unanswered. */
    private static final int ANSWERED_OVER_LIMIT = 1000;

    private static final int IPV6_PREFIX_BYTES = 8;

    private final int maxConnections;
    private final int maxPerAddress;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();

    ConnectionCounts(int maxConnections, int maxPerAddress) {
        this.maxConnections = maxConnections;
        this.maxPerAddress = maxPerAddress;
    }

    /** Counts {@code channel} until it closes. False: there are so many that it is not worth an answer. */
    boolean accept(Channel channel) {
        InetAddress address = addressOf(channel);
        open.incrementAndGet();
        byAddress.merge(address, 1, Integer::sum);
        channel.closeFuture().addListener(closed -> {
            open.decrementAndGet();
            byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
        });
        return open.get() <= maxConnections + ANSWERED_OVER_LIMIT
                && count(address) <= maxPerAddress + ANSWERED_OVER_LIMIT;
    }

    /** Whether {@code channel}, which is counted, is within the limits. */
    Verdict verdict(Channel channel) {
        if (open.get() > maxConnections) {
            return Verdict.NODE_FULL;
        }
        return count(addressOf(channel)) > maxPerAddress ? Verdict.ADDRESS_FULL : Verdict.ADMITTED;
    }

    private int count(InetAddress address) {
        return byAddress.getOrDefault(address, 0);
    }

    private static InetAddress addressOf(Channel channel) {
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote)) {
            return InetAddress.getLoopbackAddress();
        }
        return remote.getAddress() instanceof Inet6Address six ? prefix(six) : remote.getAddress();
    }

    private static InetAddress prefix(Inet6Address address) {
        byte[] bytes = address.getAddress();
        Arrays.fill(bytes, IPV6_PREFIX_BYTES, bytes.length, (byte) 0);
        try {
            return InetAddress.getByAddress(bytes);
        } catch (java.net.UnknownHostException e) {
            throw new AssertionError("sixteen bytes are an address", e);
        }
    }
}
