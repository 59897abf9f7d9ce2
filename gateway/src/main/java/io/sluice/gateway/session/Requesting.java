package io.sluice.gateway.session;

import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.policy.Action;
import io.sluice.protocol.subprotocol.Body;
import io.sluice.protocol.subprotocol.ClientMessage.Request;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage;

/** The requests of one session that await their replies. Event loop only. */
final class Requesting {

    /** Requests of one session that may await their replies at once. */
    static final int MOST = 64;

    private static final String NONE = "none";

    private final Session session;
    private final SessionContext context;
    private int outstanding;

    Requesting(Session session, SessionContext context) {
        this.session = session;
        this.context = context;
    }

    void request(Request request) {
        Destination destination = Destination.of(session, context, Action.REQUEST, request.topic());
        if (destination instanceof Destination.Refused refused) {
            fail(request, NONE, refused.code(), refused.sentence());
        } else if (outstanding >= MOST) {
            fail(
                    request,
                    NONE,
                    ErrorCode.LIMIT_EXCEEDED,
                    "A session may await " + MOST + " replies at once: wait for one of them.");
        } else if (destination instanceof Destination.Reached reached) {
            outstanding++;
            Publication publication = new Publication(
                    reached.route(),
                    session.lane(),
                    request.payload().bytes(),
                    request.payload().contentType(),
                    null,
                    session.authority().user(),
                    session.id(),
                    request.headers(),
                    -1);
            context.broker()
                    .request(
                            publication,
                            request.timeoutMillis(),
                            outcome -> session.execute(() ->
                                    settled(request, outcome, reached.route().rule())));
        }
    }

    /** Answers a request that is not made, since too many publishes of this session are unconfirmed. */
    void busy(Request request) {
        notPublished(request, NONE, PublishOutcome.BUSY);
    }

    void rateLimited(Request request, String sentence) {
        fail(request, NONE, ErrorCode.RATE_LIMITED, sentence);
    }

    private void settled(Request request, RequestOutcome outcome, Rule rule) {
        outstanding--;
        if (outcome instanceof RequestOutcome.Replied replied) {
            reply(request, replied, rule);
        } else if (outcome instanceof RequestOutcome.NotPublished not) {
            notPublished(request, rule.name(), not.outcome());
        } else if (outcome instanceof RequestOutcome.TimedOut) {
            fail(
                    request,
                    rule.name(),
                    ErrorCode.TIMEOUT,
                    "No reply came within " + request.timeoutMillis() + " ms: try again, or give a longer `timeout`.");
        } else {
            fail(
                    request,
                    rule.name(),
                    ErrorCode.TOO_LARGE,
                    "The reply is larger than limits.deliveryBytes: ask for less at once.");
        }
    }

    /** A reply for which there is no room is dropped: what waits for a session is bounded, and the back end has done its part. */
    private void reply(Request request, RequestOutcome.Replied replied, Rule rule) {
        if (session.gone()) {
            context.meters().requested(rule.name(), "gone");
            context.meters().replyDropped();
            return;
        }
        if (!session.hasRoom(replied.body().length)) {
            fail(
                    rule.name(),
                    "overflow",
                    new ServerMessage.Failure(
                            request.id(),
                            ErrorCode.UNAVAILABLE,
                            "The reply was dropped, as this session has not read what it was sent before: read faster.",
                            request.topic(),
                            true));
            return;
        }
        String untyped = context.configuration().topics().get(rule.index()).contentType();
        String contentType = replied.contentType() == null ? untyped : replied.contentType();
        context.meters().requested(rule.name(), "replied");
        session.answer(new ServerMessage.Reply(
                request.id(), new Body(replied.body(), contentType, replied.contentEncoding())));
    }

    private void notPublished(Request request, String rule, PublishOutcome outcome) {
        ServerMessage.Failure failure = PublishFailure.of(request.id(), request.topic(), outcome);
        fail(rule, failure.code().id(), failure);
    }

    private void fail(Request request, String rule, ErrorCode code, String sentence) {
        fail(rule, code.id(), new ServerMessage.Failure(request.id(), code, sentence, request.topic(), false));
    }

    private void fail(String rule, String result, ServerMessage.Failure failure) {
        context.meters().requested(rule, result);
        session.answer(failure);
    }
}
