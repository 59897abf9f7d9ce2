package io.sluice.gateway.server;

import io.netty.buffer.ByteBuf;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.session.SessionEnd;
import io.sluice.protocol.websocket.netty.WebSocket;
import io.sluice.protocol.websocket.netty.WebSocketListener;

/** A WebSocket that is closed as soon as it is open: a browser sees a close code, and no HTTP status. */
record RefusedSocket(SessionEnd end, Meters meters) implements WebSocketListener {

    @Override
    public void onOpen(WebSocket socket) {
        socket.close(end.code(), end.reason());
    }

    @Override
    public void onText(ByteBuf payload) {}

    @Override
    public void onBinary(ByteBuf payload) {}

    @Override
    public void onClosed(int code) {
        meters.closed(code);
    }
}
