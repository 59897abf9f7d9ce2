package io.sluice.gateway.session;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a client asks for, and who in the session does it; what a session never asked for it does not hold. Event loop only. */
final class Commands {

    private static final int MOST_BAD_REQUESTS = 10;
    private static final long BAD_REQUEST_WINDOW = TimeUnit.MINUTES.toNanos(1);

    private final Session session;
    private final SessionContext context;
    private final WebSocket socket;
    private final Outbox outbox;
    private final Subscribing subscribing;
    private @Nullable Working working;
    private @Nullable Publishing publishing;
    private @Nullable Strikes badRequests;

    Commands(Session session, SessionContext context, WebSocket socket, Outbox outbox) {
        this.session = session;
        this.context = context;
        this.socket = socket;
        this.outbox = outbox;
        subscribing = new Subscribing(session, this, context, outbox, now());
    }

    void dispatch(ClientMessage message) {
        if (message instanceof ClientMessage.Refused refused) {
            session.fail(refused.id(), refused.code(), refused.sentence(), refused.topic());
            if (refused.code() == ErrorCode.BAD_REQUEST) {
                strike();
            }
        } else if (message instanceof ClientMessage.Auth auth) {
            new Authenticating(session, context, socket, auth).start();
        } else if (session.principalIfAny() == null) {
            session.fail(message.id(), ErrorCode.UNAUTHORIZED, "Send auth with a token first.", null);
            strike();
        } else if (message instanceof ClientMessage.Publish publish) {
            publishing().publish(publish, now());
        } else if (message instanceof ClientMessage.Subscribe subscribe) {
            subscribing.subscribe(subscribe);
        } else if (message instanceof ClientMessage.Unsubscribe unsubscribe) {
            subscribing.unsubscribe(unsubscribe);
        } else if (message instanceof ClientMessage.Ping ping) {
            session.answer(new ServerMessage.Pong(ping.id()));
        } else if (message instanceof ClientMessage.Request request) {
            publishing().request(request, now());
        } else if (message instanceof ClientMessage.Ack ack) {
            working().ack(ack);
        } else if (message instanceof ClientMessage.Nack nack) {
            working().nack(nack);
        }
    }

    long onTick(long nowNanos) {
        long next = subscribing.onTick(nowNanos);
        return publishing == null ? next : Math.min(next, publishing.onTick(nowNanos));
    }

    /** The socket can take more. */
    void drain() {
        if (working != null) {
            working.drain();
        }
    }

    /** What is no longer granted ends. */
    void recheck() {
        subscribing.recheck();
    }

    /** Whether something that was published has no outcome yet. */
    boolean awaitsOutcomes() {
        return publishing != null && publishing.unconfirmed() > 0;
    }

    /** Topics of work rules that it subscribes to. */
    Set<TopicPattern> workTopics() {
        return working == null ? Set.of() : working.topics();
    }

    void close() {
        if (working != null) {
            working.close();
        }
    }

    /** Its work subscriptions. */
    Working working() {
        if (working == null) {
            working = new Working(session, context, outbox);
        }
        return working;
    }

    /** Null where it never had one: most sessions do not. */
    @Nullable
    Working workingIfAny() {
        return working;
    }

    /** Whether it may subscribe to {@code rules} now: a work topic costs the broker as much as a publish, and counts as one. */
    boolean mayConsume(Collection<Rule> rules) {
        long work = rules.stream()
                .filter(rule -> rule.source() instanceof Rule.Work)
                .count();
        return work == 0 || publishing().take(work, now());
    }

    private Publishing publishing() {
        if (publishing == null) {
            publishing = new Publishing(session, context, now());
        }
        return publishing;
    }

    private void strike() {
        if (badRequests == null) {
            badRequests = new Strikes(MOST_BAD_REQUESTS, BAD_REQUEST_WINDOW);
        }
        if (badRequests.strike(now())) {
            session.end(SessionEnd.BAD_REQUESTS);
        }
    }

    private long now() {
        return Session.now(socket);
    }
}
