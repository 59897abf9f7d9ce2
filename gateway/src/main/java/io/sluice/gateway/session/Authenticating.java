package io.sluice.gateway.session;

import io.sluice.gateway.admission.ClientAddress;
import io.sluice.gateway.admission.TokenResult;
import io.sluice.gateway.admission.TokenResult.Invalid;
import io.sluice.gateway.admission.TokenResult.Reason;
import io.sluice.gateway.admission.TokenResult.Unavailable;
import io.sluice.gateway.admission.TokenResult.Verified;
import io.sluice.gateway.policy.Principal;
import io.sluice.protocol.subprotocol.ClientMessage.Auth;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What becomes of one {@code auth} of a session. While somebody else has to be asked the session is not read. Event loop only. */
final class Authenticating {

    private final Session session;
    private final SessionContext context;
    private final WebSocket socket;
    private final Auth auth;

    Authenticating(Session session, SessionContext context, WebSocket socket, Auth auth) {
        this.session = session;
        this.context = context;
        this.socket = socket;
        this.auth = auth;
    }

    void start() {
        CompletableFuture<TokenResult> result =
                context.admission().authenticate(auth.token(), ClientAddress.of(socket.channel()), Instant.now());
        if (result.isDone()) {
            end(result.join());
            return;
        }
        session.reading(Pause.AUTHENTICATION, false);
        result.thenAccept(late -> session.execute(() -> {
            session.reading(Pause.AUTHENTICATION, true);
            if (socket.isOpen()) {
                end(late);
            }
        }));
    }

    private void end(TokenResult result) {
        if (result instanceof Verified verified) {
            become(verified.principal());
        } else if (result instanceof Unavailable) {
            unavailable();
        } else if (result instanceof Invalid invalid) {
            refuse(
                    invalid.reason().id(),
                    invalid.reason() == Reason.THROTTLED ? SessionEnd.TOO_MANY_FAILURES : SessionEnd.TOKEN_INVALID);
        }
    }

    private void become(Principal after) {
        Principal before = session.principalIfAny();
        if (before != null && !before.anonymous()) {
            if (!before.sameAs(after)) {
                refuse("other_principal", SessionEnd.OTHER_PRINCIPAL);
                return;
            }
        } else if (!context.principals().enter(socket.channel(), after)) {
            session.end(SessionEnd.TOO_MANY_CONNECTIONS);
            return;
        }
        session.act(after);
        if (before == null) {
            return;
        }
        if (auth.id() != null) {
            session.answer(new ServerMessage.Ok(auth.id(), List.of(), after.expires(), false));
        }
        session.recheck();
    }

    /** The token may be good. A session that is somebody stays so until its own token expires. */
    private void unavailable() {
        if (session.principalIfAny() == null) {
            refuse("unavailable", SessionEnd.AUTHENTICATION_UNAVAILABLE);
            return;
        }
        context.meters().authFailure("unavailable");
        session.fail(auth.id(), ErrorCode.UNAVAILABLE, "The token cannot be verified now: send it again later.", null);
    }

    private void refuse(String reason, SessionEnd end) {
        context.meters().authFailure(reason);
        session.end(end);
    }
}
