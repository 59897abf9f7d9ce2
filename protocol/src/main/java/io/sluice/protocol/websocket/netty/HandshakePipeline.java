package io.sluice.protocol.websocket.netty;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sluice.protocol.websocket.Handshake;
import io.sluice.protocol.websocket.WebSocketSettings;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What a server adds to each new channel to speak WebSocket on it. One object serves all channels of a server; safe for all threads.
 *
 * <p>The channel begins as HTTP: Netty's codec, a deadline, the server's own HTTP handlers if it has any, and the handshake. Once a
 * request has become a WebSocket one handler is left of all these.
 */
public final class HandshakePipeline {

    private final HandshakeSettings handshakeSettings;
    private final WebSocketSettings webSocketSettings;
    private final UpgradeListener listener;
    private final Handshake handshake;
    private final HttpDecoderConfig decoder;
    private final ConcurrentMap<EventLoop, TimingWheel> wheels = new ConcurrentHashMap<>();

    public HandshakePipeline(
            HandshakeSettings handshakeSettings, WebSocketSettings webSocketSettings, UpgradeListener listener) {
        this.handshakeSettings = handshakeSettings;
        this.webSocketSettings = webSocketSettings;
        this.listener = listener;
        handshake = new Handshake(
                handshakeSettings.subprotocols(), handshakeSettings.defaultSubprotocol(), handshakeSettings.deflate());
        decoder = new HttpDecoderConfig()
                .setMaxInitialLineLength(handshakeSettings.requestLineBytes())
                .setMaxHeaderSize(handshakeSettings.headerBytes())
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true)
                .setAllowDuplicateContentLengths(false)
                .setAllowPartialChunks(false)
                .setValidateHeaders(true);
    }

    /**
     * Adds all handlers at the end of {@code pipeline}, whose channel is registered.
     *
     * @param http the server's own handlers of HTTP requests, in order, between codec and handshake. They pass on every request for
     *     a WebSocket's path and every one that the codec could not decode; the rest is theirs. They are removed with the codec as
     *     soon as a request has reached the handshake, whatever becomes of it: what they must do when the channel ends they do on
     *     its {@code closeFuture()}
     */
    public void addTo(ChannelPipeline pipeline, ChannelHandler... http) {
        HandshakeHandler handler = new HandshakeHandler(pipeline.channel(), this, http);
        pipeline.addLast(new HttpServerCodec(decoder), handler.deadline());
        pipeline.addLast(http);
        pipeline.addLast(handler);
    }

    HandshakeSettings handshakeSettings() {
        return handshakeSettings;
    }

    WebSocketSettings webSocketSettings() {
        return webSocketSettings;
    }

    UpgradeListener listener() {
        return listener;
    }

    Handshake handshake() {
        return handshake;
    }

    TimingWheel wheel(EventLoop loop) {
        return wheels.computeIfAbsent(loop, TimingWheel::new);
    }
}
