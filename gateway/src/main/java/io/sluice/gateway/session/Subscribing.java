package io.sluice.gateway.session;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.fanout.Subscription;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ClientMessage.Unsubscribe;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.From;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The subscriptions of one session: all or nothing for one request. Event loop only. */
final class Subscribing {

    private record Refusal(ErrorCode code, String sentence) {}

    private final Session session;
    private final SessionContext context;
    private final Outbox outbox;

    Subscribing(Session session, SessionContext context, Outbox outbox) {
        this.session = session;
        this.context = context;
        this.outbox = outbox;
    }

    void subscribe(Subscribe request) {
        Map<TopicPattern, Rule> wanted = new LinkedHashMap<>();
        for (String topic : request.topics()) {
            Refusal refusal = examine(topic, request.from(), wanted);
            if (refusal != null) {
                session.fail(request.id(), refusal.code(), refusal.sentence(), topic);
                return;
            }
        }
        int most = context.configuration().limits().subscriptionsPerSession();
        if (outbox.subscriptions().size() + wanted.size() > most) {
            session.fail(
                    request.id(),
                    ErrorCode.LIMIT_EXCEEDED,
                    "limits.subscriptionsPerSession is " + most + ": unsubscribe from something first.",
                    null);
            return;
        }
        wanted.forEach((pattern, rule) ->
                outbox.subscribe(rule, pattern, Objects.requireNonNull(session.within(pattern, rule))));
        if (request.id() != null) {
            List<ServerMessage.Subscribed> subscribed =
                    new ArrayList<>(request.topics().size());
            for (String topic : request.topics()) {
                subscribed.add(new ServerMessage.Subscribed(topic, null, null, null));
            }
            session.answer(new ServerMessage.Ok(request.id(), subscribed, null, false));
        }
    }

    /** Idempotent: what was not subscribed is unsubscribed already. */
    void unsubscribe(Unsubscribe request) {
        for (String topic : request.topics()) {
            if (TopicPattern.problem(topic) == null) {
                Subscription subscription = outbox.subscription(TopicPattern.of(topic));
                if (subscription != null) {
                    outbox.unsubscribe(subscription);
                }
            }
        }
        if (request.id() != null) {
            session.answer(ServerMessage.Ok.of(request.id()));
        }
    }

    /** The claims have changed: what is no longer granted ends, and is told. */
    void recheck() {
        for (Subscription subscription : List.copyOf(outbox.subscriptions())) {
            List<TopicPattern> within = session.within(subscription.pattern(), subscription.rule());
            if (within == null) {
                outbox.unsubscribe(subscription);
                session.answer(
                        new ServerMessage.Unsubscribed(subscription.pattern().toString(), ErrorCode.FORBIDDEN));
            } else if (!within.equals(subscription.within())) {
                outbox.narrow(subscription, within);
            }
        }
    }

    private @Nullable Refusal examine(String topic, From from, Map<TopicPattern, Rule> wanted) {
        String problem = TopicPattern.problem(topic);
        if (problem != null) {
            return new Refusal(ErrorCode.INVALID_TOPIC, problem);
        }
        TopicPattern pattern = TopicPattern.of(topic);
        if (outbox.subscription(pattern) != null) {
            return from instanceof From.New
                    ? null
                    : new Refusal(ErrorCode.BAD_REQUEST, "Already subscribed: unsubscribe before you ask for history.");
        }
        Rule rule = context.rules().ruleOf(pattern);
        if (rule == null) {
            return new Refusal(ErrorCode.NO_SUCH_TOPIC, "No topic rule covers the whole of this pattern.");
        }
        if (session.within(pattern, rule) == null) {
            return new Refusal(ErrorCode.FORBIDDEN, "No grant allows subscribe on the whole of this pattern.");
        }
        if (!(from instanceof From.New)) {
            return new Refusal(ErrorCode.NO_HISTORY, "This topic has no history: subscribe from \"new\".");
        }
        if (!context.broker().available(rule)) {
            return new Refusal(ErrorCode.UNAVAILABLE, "The broker does not serve this topic now: try again later.");
        }
        wanted.put(pattern, rule);
        return null;
    }
}
