package io.sluice.protocol.websocket.netty;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The one answer to an opening handshake: exactly one of its methods is called, once, on the channel's event loop. */
public interface Upgrade {

    /** Answers 101 and hands the connection to {@code listener}. No effect if the connection has ended meanwhile. */
    void accept(WebSocketListener listener);

    /**
     * As {@link #accept}, and no extension is agreed, whatever the client offered: for one that is yet to say who it is, since a client
     * that has agreed on compression may compress its first message.
     */
    void acceptPlain(WebSocketListener listener);

    /** Answers {@code status} with {@code Connection: close} and a short plain-text {@code sentence}, and closes the connection. */
    void refuse(HttpResponseStatus status, HttpHeaders headers, String sentence);
}
