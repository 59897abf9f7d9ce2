package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.sluice.gateway.admission.ClientAddress;
import io.sluice.gateway.admission.Proxies;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.config.Configuration.Listener;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.operations.Health;
import io.sluice.gateway.session.SessionContext;
import io.sluice.gateway.tls.ServerTls;
import io.sluice.protocol.websocket.ReassemblyBudget;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.netty.HandshakePipeline;
import io.sluice.protocol.websocket.netty.HandshakeSettings;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What becomes of a connection to the public port, from its accept to its first message. */
public final class PublicServer {

    private static final int REQUEST_LINE_BYTES = 4096;

    /** What all unfinished messages of a node may hold together. */
    private static final long REASSEMBLY_BYTES = 64L << 20;

    private final SessionContext context;
    private final List<Encoding> encodings;
    private final Overload overload;
    private final ConnectionCounts counts;
    private final Upgrades upgrades;
    private final StaticResources resources;
    private final ReassemblyBudget reassembly = new ReassemblyBudget(REASSEMBLY_BYTES);
    private volatile Proxies proxies;
    private volatile HandshakePipeline handshakes;

    /** @param encodings one for each subprotocol; the first is that of clients that offer none */
    public PublicServer(
            SessionContext context,
            List<Encoding> encodings,
            Health health,
            Overload overload,
            StaticResources resources) {
        this.context = context;
        this.encodings = List.copyOf(encodings);
        this.overload = overload;
        this.resources = resources;
        Configuration configuration = context.configuration();
        counts = new ConnectionCounts(countLimits(configuration.limits(), 0));
        upgrades = new Upgrades(context, encodings, counts, health, overload);
        proxies = new Proxies(configuration.proxies());
        handshakes = handshakes(configuration);
    }

    /** The limits and proxies of {@code configuration} are in force for the connections to come. */
    public void apply(Configuration configuration) {
        counts.limits(countLimits(configuration.limits(), counts.open()));
        tellShortage();
        context.principals().most(configuration.limits().connectionsPerPrincipal());
        overload.eventLoopLag(configuration.limits().eventLoopLag());
        proxies = new Proxies(configuration.proxies());
        handshakes = handshakes(configuration);
    }

    /** Tells the log where there are too few file descriptors for what is configured. */
    public void tellShortage() {
        FileDescriptors.tell(context.configuration().limits().connections(), counts.limits());
    }

    /**
     * Prepares each accepted connection of a listener.
     *
     * @param tls null for a plain one
     */
    public Consumer<Channel> initializer(Listener listener, @Nullable ServerTls tls) {
        return channel -> initialize(channel, listener.proxyProtocol(), tls);
    }

    private void initialize(Channel channel, boolean proxyProtocol, @Nullable ServerTls tls) {
        Proxies believed = proxies;
        boolean proxy = believed.trusts(ClientAddress.peer(channel));
        // Whose connection of a proxy this is will be told by its first bytes, or by its request.
        boolean welcome = counts.accept(channel) && (proxy || (!proxyProtocol && counts.identify(channel)));
        if (!welcome) {
            channel.close();
            return;
        }
        if (proxyProtocol) {
            ProxyHeader.addTo(channel.pipeline());
        }
        if (tls != null) {
            channel.pipeline().addLast(tls.handler());
        }
        ChannelHandler routes = new HttpRoutes(resources);
        if (proxy) {
            handshakes.addTo(channel.pipeline(), new ForwardedClient(believed, counts), routes);
        } else {
            handshakes.addTo(channel.pipeline(), routes);
        }
    }

    private static ConnectionCounts.Limits countLimits(Limits limits, int open) {
        return FileDescriptors.within(limits.connections(), limits.connectionsPerAddress(), open);
    }

    private HandshakePipeline handshakes(Configuration configuration) {
        return new HandshakePipeline(
                handshakeSettings(configuration, context.meters()),
                webSocketSettings(configuration, context.meters()),
                upgrades);
    }

    private HandshakeSettings handshakeSettings(Configuration configuration, Meters meters) {
        Limits limits = configuration.limits();
        List<String> names = encodings.stream()
                .map(encoding -> encoding.subprotocol().name())
                .toList();
        return new HandshakeSettings(
                names,
                names.get(0),
                REQUEST_LINE_BYTES,
                Math.toIntExact(limits.headerBytes()),
                limits.handshakeTimeout(),
                configuration.websocket().compression() ? DeflateSettings.DEFAULT : null,
                status -> meters.handshake(Integer.toString(status.code())));
    }

    private WebSocketSettings webSocketSettings(Configuration configuration, Meters meters) {
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
                reassembly,
                violation -> meters.frameRejected(violation.id()));
    }
}
