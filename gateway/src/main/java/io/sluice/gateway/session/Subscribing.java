package io.sluice.gateway.session;

import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.fanout.Subscription;
import io.sluice.gateway.metrics.RuleMeters.Recovery;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.ClientMessage.Unsubscribe;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.From;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.subprotocol.ServerMessage.Subscribed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The subscriptions of one session: all or nothing for one request. Event loop only. */
final class Subscribing {

    private static final long POSITIONS_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final String UNAVAILABLE = "The broker does not serve this topic now: try again later.";
    private static final String FORBIDDEN = "No grant allows subscribe on the whole of this pattern.";

    private record Refusal(ErrorCode code, String sentence) {}

    private final Session session;
    private final Commands commands;
    private final SessionContext context;
    private final Outbox outbox;
    private List<Resumption> pending = List.of();
    private List<PatternBinding> bindings = List.of();
    private long positionsToldAt;

    Subscribing(Session session, Commands commands, SessionContext context, Outbox outbox, long nowNanos) {
        this.session = session;
        this.commands = commands;
        this.context = context;
        this.outbox = outbox;
        positionsToldAt = nowNanos;
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
        Working working = commands.workingIfAny();
        int apart = working == null ? 0 : working.apartFrom(wanted.keySet());
        if (outbox.subscriptions().size() + waiting() + apart + wanted.size() > most) {
            session.fail(
                    request.id(),
                    ErrorCode.LIMIT_EXCEEDED,
                    "limits.subscriptionsPerSession is " + most + ": unsubscribe from something first.",
                    null);
        } else if (!commands.mayConsume(wanted.values())) {
            session.fail(request.id(), ErrorCode.RATE_LIMITED, "Subscribe to work topics more slowly.", null);
        } else if (!(request.from() instanceof From.New)) {
            Rule rule = wanted.values().iterator().next();
            Resumption resumption = new Resumption(session, request, rule, wanted.keySet());
            pending = with(pending, resumption);
            resumption.locate(context.broker().history(rule), this::located);
        } else if (PatternBinding.neededFor(wanted)) {
            PatternBinding binding = new PatternBinding(request, wanted);
            bindings = with(bindings, binding);
            binding.bind(context.broker(), session, this::bound);
        } else {
            begin(request, wanted);
        }
    }

    private void begin(Subscribe request, Map<TopicPattern, Rule> wanted) {
        wanted.keySet().forEach(this::subscribed);
        Map<TopicPattern, Position> positions = new HashMap<>();
        wanted.forEach((pattern, rule) -> {
            Position position = subscribe(rule, pattern, request.credit());
            if (position != null) {
                positions.put(pattern, position);
            }
        });
        answer(
                request,
                pattern -> wanted.containsKey(pattern) || outbox.subscription(pattern) != null
                        ? new Subscribed(pattern.toString(), told(pattern, positions), null, null)
                        : null);
    }

    /** Where it stands from now on, on a rule that has a history. */
    private @Nullable Position subscribe(Rule rule, TopicPattern pattern, int credit) {
        if (rule.source() instanceof Rule.Work) {
            commands.working().subscribe(rule, credit);
            return null;
        }
        return outbox.subscribe(rule, pattern, Objects.requireNonNull(session.within(pattern, rule)));
    }

    /** Idempotent: what was not subscribed is unsubscribed already. */
    void unsubscribe(Unsubscribe request) {
        Working working = commands.workingIfAny();
        for (String topic : request.topics()) {
            if (TopicPattern.problem(topic) == null) {
                TopicPattern pattern = TopicPattern.of(topic);
                if (working != null && working.topics().contains(pattern)) {
                    working.unsubscribe(pattern);
                    unsubscribed(pattern);
                }
                Subscription subscription = outbox.subscription(pattern);
                if (subscription != null) {
                    outbox.unsubscribe(subscription);
                    unsubscribed(pattern);
                } else {
                    pending.forEach(resumption -> resumption.strike(pattern));
                    bindings.forEach(binding -> binding.strike(pattern));
                }
            }
        }
        if (request.id() != null) {
            session.answer(ServerMessage.Ok.of(request.id()));
        }
    }

    /** The claims have changed: what is no longer granted ends, and is told. */
    void recheck() {
        Working working = commands.workingIfAny();
        if (working != null) {
            working.recheck();
        }
        for (Subscription subscription : List.copyOf(outbox.subscriptions())) {
            List<TopicPattern> within = session.within(subscription.pattern(), subscription.rule());
            if (within == null) {
                outbox.unsubscribe(subscription);
                unsubscribed(subscription.pattern());
                session.answer(
                        new ServerMessage.Unsubscribed(subscription.pattern().toString(), ErrorCode.FORBIDDEN));
            } else if (!within.equals(subscription.within())) {
                outbox.narrow(subscription, within);
            }
        }
    }

    /** Every 30 s, a client hears where its quiet subscriptions stand. */
    long onTick(long nowNanos) {
        if (!resumable()) {
            positionsToldAt = nowNanos;
            return Session.NEVER;
        }
        if (nowNanos - positionsToldAt >= POSITIONS_NANOS) {
            positionsToldAt = nowNanos;
            outbox.tellPositions();
        }
        return positionsToldAt + POSITIONS_NANOS - nowNanos;
    }

    private boolean resumable() {
        for (Subscription subscription : outbox.subscriptions()) {
            if (subscription.rule().source() instanceof Rule.Resumable) {
                return true;
            }
        }
        return false;
    }

    /** Patterns that the broker was asked about and has not answered, whether they are wanted still or not. */
    private int waiting() {
        return pending.stream().mapToInt(Resumption::asked).sum()
                + bindings.stream().mapToInt(PatternBinding::asked).sum();
    }

    /** The broker has answered; the session, its grants and its wishes may have changed since it was asked. */
    private void bound(PatternBinding binding) {
        bindings = without(bindings, binding);
        try {
            if (outbox.isClosed()) {
                return;
            }
            Subscribe request = binding.request();
            Refusal refusal = refusal(binding);
            if (refusal != null) {
                session.fail(request.id(), refusal.code(), refusal.sentence(), null);
                return;
            }
            binding.wanted().keySet().removeIf(pattern -> outbox.subscription(pattern) != null);
            begin(request, binding.wanted());
            binding.wanted().keySet().forEach(binding::passOn);
        } finally {
            binding.release(context.broker());
        }
    }

    private @Nullable Refusal refusal(PatternBinding binding) {
        if (!binding.wanted().entrySet().stream()
                .allMatch(wanted -> session.maySubscribe(wanted.getKey(), wanted.getValue()))) {
            return new Refusal(ErrorCode.FORBIDDEN, FORBIDDEN);
        }
        return switch (binding.outcome()) {
            case BOUND -> null;
            case LIMIT ->
                new Refusal(
                        ErrorCode.LIMIT_EXCEEDED,
                        "This node has as many patterns of this rule bound as it may: subscribe to fewer, or to wider ones.");
            case UNAVAILABLE -> new Refusal(ErrorCode.UNAVAILABLE, UNAVAILABLE);
        };
    }

    private @Nullable Refusal examine(String topic, From from, Map<TopicPattern, Rule> wanted) {
        String problem = TopicPattern.problem(topic);
        if (problem != null) {
            return new Refusal(ErrorCode.INVALID_TOPIC, problem);
        }
        TopicPattern pattern = TopicPattern.of(topic);
        boolean fromNew = from instanceof From.New;
        if (outbox.subscription(pattern) != null) {
            return fromNew
                    ? null
                    : new Refusal(ErrorCode.BAD_REQUEST, "Already subscribed: unsubscribe before you ask for history.");
        }
        if (pending.stream().anyMatch(resumption -> resumption.standing().contains(pattern))) {
            return new Refusal(ErrorCode.BAD_REQUEST, "Already being subscribed: wait for that answer.");
        }
        Rule rule = context.rules().ruleOf(pattern);
        if (rule == null) {
            return new Refusal(ErrorCode.NO_SUCH_TOPIC, "No topic rule covers the whole of this pattern.");
        }
        if (!session.maySubscribe(pattern, rule)) {
            return new Refusal(ErrorCode.FORBIDDEN, FORBIDDEN);
        }
        if (!fromNew && !(rule.source() instanceof Rule.Resumable)) {
            return new Refusal(ErrorCode.NO_HISTORY, "This topic has no history: subscribe from \"new\".");
        }
        if (!fromNew && wanted.values().stream().anyMatch(other -> other.index() != rule.index())) {
            return new Refusal(
                    ErrorCode.BAD_REQUEST,
                    "These topics have several histories: subscribe to each in its own request.");
        }
        if (!context.broker().available(rule)) {
            return new Refusal(ErrorCode.UNAVAILABLE, UNAVAILABLE);
        }
        wanted.put(pattern, rule);
        return null;
    }

    /** Where to start is known; the session, its grants and its wishes may have changed since it asked. */
    private void located(Resumption resumption) {
        pending = without(pending, resumption);
        if (outbox.isClosed()) {
            return;
        }
        Subscribe request = resumption.request();
        Recovery recovery = resumption.recovery();
        if (recovery != null) {
            context.meters().rule(resumption.rule().index()).recovery(recovery);
        }
        if (resumption.unavailable()) {
            session.fail(request.id(), ErrorCode.UNAVAILABLE, UNAVAILABLE, null);
            return;
        }
        for (TopicPattern pattern : resumption.standing()) {
            if (!session.maySubscribe(pattern, resumption.rule())) {
                session.fail(request.id(), ErrorCode.FORBIDDEN, FORBIDDEN, pattern.toString());
                return;
            }
        }
        resumption.standing().forEach(this::subscribed);
        answer(request, resumption.begin(outbox)::get);
    }

    private void subscribed(TopicPattern pattern) {
        context.sessions().listener().subscribed(session, pattern);
    }

    private void unsubscribed(TopicPattern pattern) {
        context.sessions().listener().unsubscribed(session, pattern);
    }

    /** In the order asked; what the client gave up while it waited is left out. */
    private void answer(Subscribe request, Function<TopicPattern, @Nullable Subscribed> told) {
        if (resumable()) {
            session.tickWithin(POSITIONS_NANOS);
        }
        if (request.id() == null) {
            return;
        }
        List<Subscribed> subscribed = new ArrayList<>(request.topics().size());
        for (String topic : request.topics()) {
            Subscribed one = told.apply(TopicPattern.of(topic));
            if (one != null) {
                subscribed.add(one);
            }
        }
        session.answer(new ServerMessage.Ok(request.id(), subscribed, null, false));
    }

    private static <T> List<T> with(List<T> waiting, T one) {
        return Stream.concat(waiting.stream(), Stream.of(one)).toList();
    }

    private static <T> List<T> without(List<T> waiting, T one) {
        return waiting.stream().filter(other -> other != one).toList();
    }

    private @Nullable String told(TopicPattern pattern, Map<TopicPattern, Position> begun) {
        Position position = begun.get(pattern);
        if (position != null) {
            return position.text();
        }
        Subscription held = outbox.subscription(pattern);
        return held == null ? null : outbox.position(held);
    }
}
