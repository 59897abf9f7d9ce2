package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.sluice.gateway.admission.ClientAddress;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connections of this node, from accept to close, and those of each remote address, from the moment it is known. Any thread.
 */
final class ConnectionCounts {

    enum Verdict {
        ADMITTED,
        NODE_FULL,
        ADDRESS_FULL
    }

    /** Connections over the limit that are still answered with a sentence; more are closed unanswered. */
    static final int ANSWERED_OVER_LIMIT = 1000;

    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> byAddress = new ConcurrentHashMap<>();
    private volatile Limits limits;

    /**
     * @param connections of this node
     * @param answered over that, which are told so
     * @param perAddress of one remote address, or of one /64 of IPv6
     */
    record Limits(int connections, int answered, int perAddress) {}

    ConnectionCounts(Limits limits) {
        this.limits = limits;
    }

    /** Connections that are there now. */
    int open() {
        return open.get();
    }

    Limits limits() {
        return limits;
    }

    /** From now on; connections that are there stay. */
    void limits(Limits other) {
        limits = other;
    }

    /** Counts {@code channel} until it closes. False: there are so many that it is not worth an answer. */
    boolean accept(Channel channel) {
        int now = open.incrementAndGet();
        channel.closeFuture().addListener(closed -> open.decrementAndGet());
        return now - (long) limits.connections <= limits.answered;
    }

    /** Counts {@code channel}, until it closes, as one of its client's address. False as above. */
    boolean identify(Channel channel) {
        InetAddress address = ClientAddress.counted(ClientAddress.of(channel));
        int now = byAddress.merge(address, 1, Integer::sum);
        channel.closeFuture()
                .addListener(
                        closed -> byAddress.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1));
        return now - (long) limits.perAddress <= limits.answered;
    }

    /** Whether {@code channel}, which is counted, is within the limits. */
    Verdict verdict(Channel channel) {
        if (open.get() > limits.connections) {
            return Verdict.NODE_FULL;
        }
        InetAddress address = ClientAddress.counted(ClientAddress.of(channel));
        return byAddress.getOrDefault(address, 0) > limits.perAddress ? Verdict.ADDRESS_FULL : Verdict.ADMITTED;
    }
}
