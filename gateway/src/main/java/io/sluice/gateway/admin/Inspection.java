package io.sluice.gateway.admin;

import io.sluice.bridge.BrokerState;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.metrics.RuleMeters;
import io.sluice.gateway.session.SessionState;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What can be asked of a node, as JSON. Any thread; nothing is answered without a bound. */
final class Inspection {

    /** Patterns whose subscribers are counted for one answer. */
    private static final int PATTERNS = 10_000;

    private final RunningNode node;
    private final TopicRates rates;
    private final SessionJson json;

    Inspection(RunningNode node, TopicRates rates) {
        this.node = node;
        this.rates = rates;
        json = new SessionJson(node.rules());
    }

    /** {@code {"total": open, "matching": n, "sessions": […], "next": id}}; {@code next} where there are more, by id. */
    CompletableFuture<ObjectNode> sessions(SessionSearch search) {
        SessionRanking ranking = new SessionRanking(search);
        CompletableFuture<ObjectNode> answer = new CompletableFuture<>();
        node.sessions()
                .visit(
                        session -> ranking.add(session.state()),
                        () -> answer.completeAsync(() -> page(search, ranking)));
        return answer;
    }

    /** One session; null where it is not here. */
    CompletableFuture<@Nullable ObjectNode> session(String id) {
        AtomicReference<@Nullable SessionState> found = new AtomicReference<>();
        CompletableFuture<@Nullable ObjectNode> answer = new CompletableFuture<>();
        node.sessions()
                .visit(
                        session -> {
                            if (session.id().equals(id)) {
                                found.set(session.state());
                            }
                        },
                        () -> {
                            SessionState state = found.get();
                            answer.complete(state == null ? null : json.of(state));
                        });
        return answer;
    }

    /** The busiest topics with their rates, and the patterns with most subscribers. */
    CompletableFuture<ObjectNode> topics(int limit) {
        Map<TopicPattern, LongAdder> subscribers = new ConcurrentHashMap<>();
        CompletableFuture<ObjectNode> answer = new CompletableFuture<>();
        node.sessions()
                .visit(
                        session -> session.state().subscriptions().forEach(pattern -> {
                            if (subscribers.size() < PATTERNS || subscribers.containsKey(pattern)) {
                                subscribers
                                        .computeIfAbsent(pattern, missing -> new LongAdder())
                                        .increment();
                            }
                        }),
                        () -> answer.completeAsync(() -> topics(limit, subscribers)));
        return answer;
    }

    ObjectNode rules() {
        ObjectNode answer = JsonMapper.shared().createObjectNode();
        ArrayNode rules = answer.putArray("rules");
        for (Rule rule : node.rules().rules()) {
            RuleMeters.Totals totals = node.meters().rule(rule.index()).totals();
            boolean available = node.broker().available(rule);
            ObjectNode one = rules.addObject().put("rule", rule.name());
            source(rule, node.topics().get(rule.index()), one);
            one.put("available", available)
                    .put("reason", available ? null : node.wrong().apply(rule))
                    .put("subscribable", rule.subscribable())
                    .put("subscriptions", totals.subscriptions())
                    .put("received", totals.received())
                    .put("delivered", totals.delivered())
                    .put("dropped", totals.dropped());
        }
        return answer;
    }

    ObjectNode broker() {
        BrokerState state = node.broker().state();
        return JsonMapper.shared()
                .createObjectNode()
                .put("connected", state.connected())
                .put("blocked", state.blocked())
                .put("reason", state.reason())
                .put("reconnects", state.reconnects())
                .put("unconfirmed", state.unconfirmed());
    }

    static ObjectNode ended(int sessions) {
        return JsonMapper.shared().createObjectNode().put("disconnected", sessions);
    }

    static ObjectNode draining(int sessions) {
        return JsonMapper.shared().createObjectNode().put("status", "draining").put("sessions", sessions);
    }

    private ObjectNode page(SessionSearch search, SessionRanking ranking) {
        List<SessionState> sorted = ranking.sorted();
        ObjectNode page = JsonMapper.shared().createObjectNode();
        page.put("total", node.sessions().count()).put("matching", ranking.matching());
        ArrayNode sessions = page.putArray("sessions");
        sorted.forEach(state -> sessions.add(json.of(state)));
        boolean more = search.order() == SessionSearch.Order.ID && ranking.more();
        return page.put("next", more ? sorted.get(sorted.size() - 1).id() : null);
    }

    private ObjectNode topics(int limit, Map<TopicPattern, LongAdder> subscribers) {
        ObjectNode answer = JsonMapper.shared().createObjectNode();
        ArrayNode topics = answer.putArray("topics");
        rates.rates(System.nanoTime()).stream()
                .sorted(Comparator.comparingDouble(TopicRates.Rate::perSecond)
                        .reversed()
                        .thenComparing(TopicRates.Rate::topic))
                .limit(limit)
                .forEach(rate -> topics.addObject()
                        .put("topic", rate.topic())
                        .put("rule", rate.rule().name())
                        .put("perSecond", rounded(rate.perSecond()))
                        .put("bytesPerSecond", rounded(rate.bytesPerSecond()))
                        .put("subscribers", receivers(rate, subscribers)));
        ArrayNode patterns = answer.putArray("patterns");
        subscribers.entrySet().stream()
                .sorted(Comparator.<Map.Entry<TopicPattern, LongAdder>>comparingLong(
                                one -> -one.getValue().sum())
                        .thenComparing(one -> one.getKey().toString()))
                .limit(limit)
                .forEach(one -> {
                    Rule rule = node.rules().ruleOf(one.getKey());
                    patterns.addObject()
                            .put("topic", one.getKey().toString())
                            .put("rule", rule == null ? null : rule.name())
                            .put("subscribers", one.getValue().sum());
                });
        return answer;
    }

    /** Subscriptions that match; a session with two of them counts twice. */
    private long receivers(TopicRates.Rate rate, Map<TopicPattern, LongAdder> subscribers) {
        return subscribers.entrySet().stream()
                .filter(one -> one.getKey().matches(rate.topic())
                        && rate.rule().equals(node.rules().ruleOf(one.getKey())))
                .mapToLong(one -> one.getValue().sum())
                .sum();
    }

    private static void source(Rule rule, TopicRule configured, ObjectNode into) {
        if (rule.source() instanceof Rule.Work work) {
            into.put("kind", "work").put("queue", work.queue());
        } else if (rule.source() instanceof Rule.Resumable resumable) {
            into.put("kind", "resumable").put("exchange", resumable.exchange()).put("stream", resumable.stream());
        } else if (rule.source() instanceof Rule.Live live) {
            into.put("kind", "live").put("exchange", live.exchange());
        }
        if (!(rule.source() instanceof Rule.Work)) {
            into.put(
                    "overflow",
                    switch (configured.overflow()) {
                        case DISCONNECT -> "disconnect";
                        case DROP_OLDEST -> "dropOldest";
                        case CONFLATE -> "conflate";
                    });
        }
    }

    private static double rounded(double figure) {
        return Math.round(figure * 10) / 10.0;
    }
}
