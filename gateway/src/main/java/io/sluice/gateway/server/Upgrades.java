package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.gateway.admission.AdmissionDecision;
import io.sluice.gateway.admission.AdmissionRequest;
import io.sluice.gateway.admission.ClientAddress;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.operations.Health;
import io.sluice.gateway.session.Peer;
import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionContext;
import io.sluice.gateway.session.SessionEnd;
import io.sluice.protocol.websocket.HandshakeRequest;
import io.sluice.protocol.websocket.netty.Upgrade;
import io.sluice.protocol.websocket.netty.UpgradeListener;
import io.sluice.protocol.websocket.netty.WebSocketListener;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Decides which opening handshake becomes a session, and whose. Event loop only. */
final class Upgrades implements UpgradeListener {

    private static final int RETRY_AFTER_SECONDS = 10;

    private final SessionContext context;
    private final List<Encoding> encodings;
    private final ConnectionCounts counts;
    private final Health health;
    private final Overload overload;

    Upgrades(
            SessionContext context,
            List<Encoding> encodings,
            ConnectionCounts counts,
            Health health,
            Overload overload) {
        this.context = context;
        this.encodings = encodings;
        this.counts = counts;
        this.health = health;
        this.overload = overload;
    }

    @Override
    public void onUpgrade(Channel channel, HandshakeRequest request, String subprotocol, Upgrade upgrade) {
        Peer.remember(channel, request.headers().get(HttpHeaderNames.ORIGIN));
        if (health.isRefusing()) {
            upgrade.refuse(HttpResponseStatus.SERVICE_UNAVAILABLE, retryAfter(), "This node is going away.");
            return;
        }
        if (overload.on(channel.eventLoop())) {
            upgrade.refuse(
                    HttpResponseStatus.SERVICE_UNAVAILABLE, retryAfter(), "This node is overloaded: try again later.");
            return;
        }
        switch (counts.verdict(channel)) {
            case NODE_FULL ->
                upgrade.refuse(
                        HttpResponseStatus.SERVICE_UNAVAILABLE,
                        retryAfter(),
                        "This node has no room: try again later.");
            case ADDRESS_FULL ->
                upgrade.refuse(
                        HttpResponseStatus.TOO_MANY_REQUESTS, retryAfter(), "Too many connections from this address.");
            case ADMITTED -> admit(channel, request, subprotocol, upgrade);
        }
    }

    private void admit(Channel channel, HandshakeRequest request, String subprotocol, Upgrade upgrade) {
        CompletableFuture<AdmissionDecision> decision = context.admission()
                .admit(
                        new AdmissionRequest(
                                request.uri(),
                                request.headers(),
                                ClientAddress.of(channel),
                                ClientCertificates.principal(channel, rolesClaim())),
                        Instant.now());
        if (decision.isDone()) {
            decide(channel, decision.join(), subprotocol, upgrade);
        } else {
            decision.thenAcceptAsync(made -> decide(channel, made, subprotocol, upgrade), channel.eventLoop());
        }
    }

    private void decide(Channel channel, AdmissionDecision decision, String subprotocol, Upgrade upgrade) {
        if (decision instanceof AdmissionDecision.Admitted admitted) {
            if (context.principals().enter(channel, admitted.principal())) {
                accept(upgrade, new Session(context, encoding(subprotocol), admitted.principal()));
            } else {
                upgrade.refuse(
                        HttpResponseStatus.TOO_MANY_REQUESTS, retryAfter(), "Too many connections of this principal.");
            }
        } else if (decision instanceof AdmissionDecision.AwaitAuth) {
            // Nothing is inflated for a client that nobody knows, and a browser would compress even its auth.
            context.meters().handshake("accepted");
            upgrade.acceptPlain(new Session(context, encoding(subprotocol), null));
        } else if (decision instanceof AdmissionDecision.RefusedAfterUpgrade refused) {
            context.meters().authFailure(refused.reason());
            accept(upgrade, new RefusedSocket(SessionEnd.TOKEN_INVALID, context.meters()));
        } else if (decision instanceof AdmissionDecision.Refused refused) {
            context.meters().authFailure(refused.reason());
            upgrade.refuse(refused.status(), refused.headers(), refused.sentence());
        }
    }

    private String rolesClaim() {
        return context.configuration().authentication().rolesClaim();
    }

    private void accept(Upgrade upgrade, WebSocketListener listener) {
        context.meters().handshake("accepted");
        upgrade.accept(listener);
    }

    private Encoding encoding(String subprotocol) {
        for (Encoding encoding : encodings) {
            if (encoding.subprotocol().name().equals(subprotocol)) {
                return encoding;
            }
        }
        throw new IllegalArgumentException("this subprotocol was never offered");
    }

    private static HttpHeaders retryAfter() {
        return new DefaultHttpHeaders().set(HttpHeaderNames.RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
}
