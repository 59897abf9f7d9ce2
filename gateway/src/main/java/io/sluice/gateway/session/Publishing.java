package io.sluice.gateway.session;

import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.topic.Route;
import io.sluice.gateway.policy.Action;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ClientMessage.Request;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The publishes of one session: rate, window, and the answer to each. With {@link #WINDOW} unconfirmed the session is not read; what
 * had been read already waits here for at most two seconds and is then {@code busy}. Requests pass the same gate, so that a session's
 * publishes and requests keep their order. Event loop only.
 */
final class Publishing {

    /** Unconfirmed publishes of one session. */
    static final int WINDOW = 64;

    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Session session;
    private final SessionContext context;
    private final Requesting requesting;
    private final TokenBucket bucket;
    private final ArrayDeque<ClientMessage> held = new ArrayDeque<>(0);
    private long heldSince;
    private int unconfirmed;

    Publishing(Session session, SessionContext context, long nowNanos) {
        this.session = session;
        this.context = context;
        requesting = new Requesting(session, context);
        bucket = new TokenBucket(perSecond(), nowNanos);
    }

    int unconfirmed() {
        return unconfirmed;
    }

    void publish(Publish publish, long nowNanos) {
        if (bucket.take(perSecond(), nowNanos)) {
            pass(publish, nowNanos);
            return;
        }
        context.meters().published("none", "rate_limited");
        session.fail(publish.id(), ErrorCode.RATE_LIMITED, tooFast(), publish.topic());
        endIfAbused(nowNanos);
    }

    void request(Request request, long nowNanos) {
        if (bucket.take(perSecond(), nowNanos)) {
            pass(request, nowNanos);
            return;
        }
        requesting.rateLimited(request, tooFast());
        endIfAbused(nowNanos);
    }

    /** Takes so much of the session's rate for something else that the broker has to do; false where there is too little left. */
    boolean take(long count, long nowNanos) {
        boolean taken = true;
        for (long i = 0; i < count && taken; i++) {
            taken = bucket.take(perSecond(), nowNanos);
        }
        return taken;
    }

    /** A session whose window stayed full is answered and read again. */
    long onTick(long nowNanos) {
        if (held.isEmpty()) {
            return Session.NEVER;
        }
        long left = heldSince + WAIT_NANOS - nowNanos;
        if (left > 0) {
            return left;
        }
        for (ClientMessage message = held.poll(); message != null; message = held.poll()) {
            busy(message);
        }
        session.reading(Pause.WINDOW, true);
        return Session.NEVER;
    }

    private String tooFast() {
        return "Publish more slowly: limits.publishesPerSecond is " + perSecond() + ".";
    }

    private int perSecond() {
        return context.configuration().limits().publishesPerSecond();
    }

    private void endIfAbused(long nowNanos) {
        if (bucket.abused(perSecond(), nowNanos)) {
            session.end(SessionEnd.RATE_LIMIT);
        }
    }

    private void pass(ClientMessage message, long nowNanos) {
        if (unconfirmed < WINDOW && held.isEmpty()) {
            admit(message);
            return;
        }
        if (held.isEmpty()) {
            heldSince = nowNanos;
            session.reading(Pause.WINDOW, false);
            session.tickWithin(WAIT_NANOS);
        }
        if (held.size() >= WINDOW) {
            busy(message);
        } else {
            held.add(message);
        }
    }

    private void admit(ClientMessage message) {
        if (message instanceof Request request) {
            requesting.request(request);
        } else if (message instanceof Publish publish) {
            admit(publish);
        }
    }

    private void busy(ClientMessage message) {
        if (message instanceof Request request) {
            requesting.busy(request);
        } else if (message instanceof Publish publish) {
            settle(publish.id(), publish.topic(), PublishOutcome.BUSY, "none", false);
        }
    }

    private void admit(Publish publish) {
        Destination destination = Destination.of(session, context, Action.PUBLISH, publish.topic());
        if (destination instanceof Destination.Refused refused) {
            refuse(publish, refused.code(), refused.sentence());
        } else if (destination instanceof Destination.Reached reached) {
            publish(publish, reached.route());
        }
    }

    private void publish(Publish publish, Route route) {
        String rule = route.rule().name();
        // What waits for an outcome does not hold the payload.
        String id = publish.id();
        String topic = publish.topic();
        String key = publish.key();
        unconfirmed++;
        Consumer<PublishOutcome> first = hop(outcome -> settled(id, topic, outcome, rule, false));
        if (key == null) {
            send(publish, route, first);
            return;
        }
        PublishKeys.Claim claim = context.keys()
                .claim(
                        session.authority().keyOwner(session.id()),
                        key,
                        publish,
                        hop(outcome -> settled(id, topic, outcome, rule, true)));
        if (claim instanceof PublishKeys.Claim.First it) {
            send(publish, route, it.settle().andThen(first));
        } else if (claim instanceof PublishKeys.Claim.NoRoom) {
            unconfirmed--;
            settle(id, topic, PublishOutcome.BUSY, rule, false);
        } else if (claim instanceof PublishKeys.Claim.Conflict) {
            unconfirmed--;
            refuse(
                    publish,
                    ErrorCode.BAD_REQUEST,
                    "This key was used with another topic or payload: choose a new one.");
        }
    }

    private void send(Publish publish, Route route, Consumer<PublishOutcome> settled) {
        Publication publication = new Publication(
                route,
                session.lane(),
                publish.payload().bytes(),
                publish.payload().contentType(),
                publish.key(),
                session.authority().user(),
                session.id(),
                publish.headers(),
                publish.ttlMillis());
        context.broker().publish(publication, settled);
    }

    /** Outcomes come on threads of the bridge; what follows from them happens on the session's event loop. */
    private Consumer<PublishOutcome> hop(Consumer<PublishOutcome> action) {
        return outcome -> session.execute(() -> action.accept(outcome));
    }

    private void settled(@Nullable String id, String topic, PublishOutcome outcome, String rule, boolean duplicate) {
        unconfirmed--;
        settle(id, topic, outcome, rule, duplicate);
        while (unconfirmed < WINDOW && !held.isEmpty()) {
            admit(held.remove());
            if (held.isEmpty()) {
                session.reading(Pause.WINDOW, true);
            }
        }
    }

    private void settle(@Nullable String id, String topic, PublishOutcome outcome, String rule, boolean duplicate) {
        if (!(outcome instanceof PublishOutcome.Confirmed)) {
            fail(rule, PublishFailure.of(id, topic, outcome));
            return;
        }
        context.meters().published(rule, duplicate ? "duplicate" : "confirmed");
        if (id != null) {
            session.answer(new ServerMessage.Ok(id, List.of(), null, duplicate));
        }
    }

    private void refuse(Publish publish, ErrorCode code, String sentence) {
        fail("none", new ServerMessage.Failure(publish.id(), code, sentence, publish.topic(), false));
    }

    private void fail(String rule, ServerMessage.Failure failure) {
        context.meters().published(rule, failure.code().id());
        session.answer(failure);
    }
}
