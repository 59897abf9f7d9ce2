package io.sluice.gateway.session;

import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Topic;
import io.sluice.protocol.subprotocol.ClientMessage.Publish;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The publishes of one session: rate, window, and the answer to each. With {@link #WINDOW} unconfirmed the session is not read; what
 * had been read already waits here for at most two seconds and is then {@code busy}. Event loop only.
 */
final class Publishing {

    /** Unconfirmed publishes of one session. */
    static final int WINDOW = 64;

    private static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Session session;
    private final SessionContext context;
    private final TokenBucket bucket;
    private final ArrayDeque<Publish> held = new ArrayDeque<>(0);
    private long heldSince;
    private int unconfirmed;

    Publishing(Session session, SessionContext context, long nowNanos) {
        this.session = session;
        this.context = context;
        bucket = new TokenBucket(context.configuration().limits().publishesPerSecond(), nowNanos);
    }

    int unconfirmed() {
        return unconfirmed;
    }

    void publish(Publish publish, long nowNanos) {
        if (!bucket.take(nowNanos)) {
            limited(publish, nowNanos);
        } else if (unconfirmed >= WINDOW || !held.isEmpty()) {
            hold(publish, nowNanos);
        } else {
            admit(publish);
        }
    }

    /** A session whose window stayed full is answered and read again. */
    void onTick(long nowNanos) {
        if (!held.isEmpty() && nowNanos - heldSince >= WAIT_NANOS) {
            for (Publish publish = held.poll(); publish != null; publish = held.poll()) {
                settle(publish, PublishOutcome.BUSY, "none", false);
            }
            session.reading(Session.Pause.WINDOW, true);
        }
    }

    private void limited(Publish publish, long nowNanos) {
        context.meters().published("none", "rate_limited");
        session.fail(
                publish.id(),
                ErrorCode.RATE_LIMITED,
                "Publish more slowly: limits.publishesPerSecond is "
                        + context.configuration().limits().publishesPerSecond() + ".",
                publish.topic());
        if (bucket.abused(nowNanos)) {
            session.end(SessionEnd.RATE_LIMIT);
        }
    }

    private void hold(Publish publish, long nowNanos) {
        if (held.isEmpty()) {
            heldSince = nowNanos;
            session.reading(Session.Pause.WINDOW, false);
        }
        if (held.size() >= WINDOW) {
            settle(publish, PublishOutcome.BUSY, "none", false);
        } else {
            held.add(publish);
        }
    }

    private void admit(Publish publish) {
        String problem = Topic.problem(publish.topic());
        if (problem != null) {
            refuse(publish, ErrorCode.INVALID_TOPIC, problem);
            return;
        }
        Route route = context.rules().route(publish.topic());
        if (route == null) {
            refuse(publish, ErrorCode.NO_SUCH_TOPIC, "No topic rule covers this topic.");
            return;
        }
        if (!session.allowsPublish(publish.topic())) {
            refuse(publish, ErrorCode.FORBIDDEN, "No grant allows publish on this topic.");
            return;
        }
        String rule = route.rule().name();
        String key = publish.key();
        unconfirmed++;
        Consumer<PublishOutcome> first = hop(outcome -> settled(publish, outcome, rule, false));
        if (key == null) {
            send(publish, route, first);
            return;
        }
        PublishKeys.Claim claim = context.keys()
                .claim(session.keyOwner(), key, publish, hop(outcome -> settled(publish, outcome, rule, true)));
        if (claim instanceof PublishKeys.Claim.First it) {
            send(publish, route, it.settle().andThen(first));
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
                session.principal().anonymous() ? null : session.principal().subject(),
                session.id(),
                publish.headers(),
                publish.ttlMillis());
        context.broker().publish(publication, settled);
    }

    /** Outcomes come on threads of the bridge; what follows from them happens on the session's event loop. */
    private Consumer<PublishOutcome> hop(Consumer<PublishOutcome> action) {
        return outcome -> session.execute(() -> action.accept(outcome));
    }

    private void settled(Publish publish, PublishOutcome outcome, String rule, boolean duplicate) {
        unconfirmed--;
        settle(publish, outcome, rule, duplicate);
        while (unconfirmed < WINDOW && !held.isEmpty()) {
            admit(held.remove());
            if (held.isEmpty()) {
                session.reading(Session.Pause.WINDOW, true);
            }
        }
    }

    private void settle(Publish publish, PublishOutcome outcome, String rule, boolean duplicate) {
        String id = publish.id();
        if (outcome instanceof PublishOutcome.Confirmed) {
            context.meters().published(rule, duplicate ? "duplicate" : "confirmed");
            if (id != null) {
                session.answer(new ServerMessage.Ok(id, List.of(), null, duplicate));
            }
        } else if (outcome instanceof PublishOutcome.Unroutable) {
            fail(
                    publish,
                    rule,
                    ErrorCode.UNROUTABLE,
                    "No queue is bound for this topic: nobody would receive it.",
                    false);
        } else if (outcome instanceof PublishOutcome.Rejected) {
            fail(publish, rule, ErrorCode.REJECTED, "The broker refused the message.", false);
        } else if (outcome instanceof PublishOutcome.Busy) {
            fail(publish, rule, ErrorCode.BUSY, "The gateway takes no publishes for now: try again shortly.", false);
        } else if (outcome instanceof PublishOutcome.Unavailable unavailable) {
            String sentence = unavailable.unknown()
                    ? "The broker did not confirm: the message may or may not have been taken; retry with the same key."
                    : "The broker is not available: nothing was sent, try again later.";
            fail(publish, rule, ErrorCode.UNAVAILABLE, sentence, unavailable.unknown());
        }
    }

    private void refuse(Publish publish, ErrorCode code, String sentence) {
        fail(publish, "none", code, sentence, false);
    }

    private void fail(Publish publish, String rule, ErrorCode code, String sentence, boolean unknown) {
        context.meters().published(rule, code.id());
        session.answer(new ServerMessage.Failure(publish.id(), code, sentence, publish.topic(), unknown));
    }
}
