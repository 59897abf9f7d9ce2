package io.sluice.protocol.websocket.netty;

import io.netty.channel.Channel;
import io.sluice.protocol.websocket.HandshakeRequest;

/** Decides whether a request that is a correct opening handshake (RFC 6455, 4.2.1) becomes a WebSocket. */
@FunctionalInterface
public interface UpgradeListener {

    /**
     * Called on the channel's event loop before anything was answered. The answer may be given later, from that same event loop; until
     * then nothing more is read from the connection.
     *
     * @param subprotocol the name chosen from the server's list in the client's order of preference, or the server's default where the
     *     client offered none
     */
    void onUpgrade(Channel channel, HandshakeRequest request, String subprotocol, Upgrade upgrade);
}
