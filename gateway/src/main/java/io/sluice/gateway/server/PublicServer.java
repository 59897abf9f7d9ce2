package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.config.Configuration.Tls;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.operations.Health;
import io.sluice.gateway.session.SessionContext;
import io.sluice.protocol.websocket.ReassemblyBudget;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.netty.HandshakePipeline;
import io.sluice.protocol.websocket.netty.HandshakeSettings;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What becomes of a connection to the public port, from its accept to its first message. */
public final class PublicServer {

    private static final int REQUEST_LINE_BYTES = 4096;

    /** What all unfinished messages of a node may hold together. */
    private static final long REASSEMBLY_BYTES = 64L << 20;

    private final Limits limits;
    private final ConnectionCounts counts;
    private final HandshakePipeline handshakes;
    private final StaticResources resources;

    /** @param encodings one for each subprotocol; the first is that of clients that offer none */
    public PublicServer(
            SessionContext context,
            Admission admission,
            List<Encoding> encodings,
            Health health,
            StaticResources resources) {
        Configuration configuration = context.configuration();
        limits = configuration.limits();
        counts = new ConnectionCounts(limits.connections(), limits.connectionsPerAddress());
        this.resources = resources;
        handshakes = new HandshakePipeline(
                handshakeSettings(encodings, configuration.websocket().compression(), context.meters()),
                webSocketSettings(configuration, context.meters()),
                new Upgrades(context, admission, encodings, counts, health));
    }

    /**
     * Prepares each accepted connection of a listener.
     *
     * @throws IOException with a sentence that names the file, where {@code tls} cannot be used
     */
    public Consumer<Channel> initializer(@Nullable Tls tls) throws IOException {
        SslContext context = tls == null ? null : TlsContexts.server(tls);
        return channel -> initialize(channel, context);
    }

    private void initialize(Channel channel, @Nullable SslContext tls) {
        if (!counts.accept(channel)) {
            channel.close();
            return;
        }
        if (tls != null) {
            channel.pipeline().addLast(tls.newHandler(channel.alloc()));
        }
        handshakes.addTo(channel.pipeline(), new HttpRoutes(resources));
    }

    private HandshakeSettings handshakeSettings(List<Encoding> encodings, boolean compression, Meters meters) {
        List<String> names = encodings.stream()
                .map(encoding -> encoding.subprotocol().name())
                .toList();
        return new HandshakeSettings(
                names,
                names.get(0),
                REQUEST_LINE_BYTES,
                Math.toIntExact(limits.headerBytes()),
                limits.handshakeTimeout(),
                compression ? DeflateSettings.DEFAULT : null,
                status -> meters.handshake(Integer.toString(status.code())));
    }

    private static WebSocketSettings webSocketSettings(Configuration configuration, Meters meters) {
        Limits limits = configuration.limits();
        WebSocketLimits defaults = WebSocketLimits.DEFAULT;
        return new WebSocketSettings(
                new WebSocketLimits(
                        limits.preAuthBytes(),
                        limits.fragments(),
                        defaults.messageMillis(),
                        defaults.controlFramesPerSecond(),
                        false),
                configuration.websocket().pingInterval(),
                configuration.websocket().pongTimeout(),
                configuration.websocket().closeTimeout(),
                new ReassemblyBudget(REASSEMBLY_BYTES),
                violation -> meters.frameRejected(violation.id()));
    }
}
