package io.sluice.protocol.websocket.netty;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;

/**
 * What TCP knows of a peer that is silent. A buffer of the kernel may hold megabytes; a peer that reads a kilobyte a second, or whose
 * line carries no more, sees a ping behind them long after it was sent. Its host acknowledges all the while, be it only that there is no
 * room; that of a peer whose line is cut does not.
 */
final class Acknowledgements {

    /** So many segments or probes sent again in vain take a second at least; a peer that is gone is found out within the pong's time. */
    private static final int IN_VAIN = 3;

    private Acknowledgements() {}

    /** Whether something is under way to the peer and its host still answers. Asks the kernel. False on transports that can not. */
    static boolean arrive(Channel channel) {
        if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) {
            return false;
        }
        EpollTcpInfo tcp = socket.tcpInfo();
        // Without room at the peer nothing is under way; then the kernel probes for room, at growing distances.
        boolean pending = tcp.unacked() > 0 || tcp.backoff() > 0;
        return pending && tcp.retransmits() < IN_VAIN && tcp.probes() < IN_VAIN;
    }
}
