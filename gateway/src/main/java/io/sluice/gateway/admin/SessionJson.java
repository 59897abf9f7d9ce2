package io.sluice.gateway.admin;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.policy.Principal;
import io.sluice.gateway.session.SessionState;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A session as the admin API tells it. */
final class SessionJson {

    private static final String TRANSPORT = "websocket";

    private final TopicRules rules;

    SessionJson(TopicRules rules) {
        this.rules = rules;
    }

    ObjectNode of(SessionState state) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("id", state.id());
        Principal who = state.principal();
        json.put("principal", who == null || who.anonymous() ? null : who.subject());
        json.put("issuer", who == null || who.anonymous() ? null : who.issuer());
        json.put("address", state.peer().address());
        json.put("origin", state.peer().origin());
        json.put("transport", TRANSPORT);
        json.put("protocol", state.protocol());
        json.put(
                "opened",
                Instant.now().minus(state.age()).truncatedTo(ChronoUnit.MILLIS).toString());
        ArrayNode subscriptions = json.putArray("subscriptions");
        for (TopicPattern pattern : state.subscriptions()) {
            Rule rule = rules.ruleOf(pattern);
            subscriptions.addObject().put("topic", pattern.toString()).put("rule", rule == null ? null : rule.name());
        }
        json.put("received", state.received());
        json.put("delivered", state.outbox().delivered());
        json.put("dropped", state.outbox().dropped());
        json.put("outboundBytes", state.outbox().bytes());
        json.put("lagMillis", state.outbox().lagNanos() / 1_000_000);
        return json;
    }
}
