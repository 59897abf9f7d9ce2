package io.sluice.gateway.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.bridge.amqp.EventPublisher;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.policy.Principal;
import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionListener;
import io.sluice.gateway.session.SessionState;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Comings and goings of sessions, published as CloudEvents 1.0 in their JSON format, in structured mode: {@code io.sluice.session.connect},
 * {@code .disconnect}, {@code .subscribe} and {@code .unsubscribe}, with the same without {@code io.sluice.} as routing key.
 */
public final class SessionEvents implements SessionListener {

    private static final String CONTENT_TYPE = "application/cloudevents+json; charset=utf-8";
    private static final String PREFIX = "io.sluice.";

    private final EventPublisher publisher;
    private final String source;
    private final AtomicLong sequence = new AtomicLong();

    /** @param node a name of this node that no other has at any time: with it, ids of events are never the same */
    public SessionEvents(EventPublisher publisher, String node) {
        this.publisher = publisher;
        source = "/sluice/" + node;
    }

    @Override
    public void welcomed(Session session) {
        SessionState state = session.state();
        ObjectNode data = data(state);
        data.put("address", state.peer().address());
        data.put("origin", state.peer().origin());
        data.put("protocol", state.protocol());
        publish("session.connect", state, data);
    }

    @Override
    public void subscribed(Session session, TopicPattern pattern) {
        publish("session.subscribe", session.state(), pattern);
    }

    @Override
    public void unsubscribed(Session session, TopicPattern pattern) {
        publish("session.unsubscribe", session.state(), pattern);
    }

    @Override
    public void closed(Session session, int code) {
        SessionState state = session.state();
        if (state.principal() != null) {
            ObjectNode data = data(state);
            data.put("code", code);
            data.put("durationMillis", state.age().toMillis());
            publish("session.disconnect", state, data);
        }
    }

    private void publish(String what, SessionState state, TopicPattern pattern) {
        publish(what, state, data(state).put("topic", pattern.toString()));
    }

    private void publish(String what, SessionState state, ObjectNode data) {
        ObjectNode event = JsonMapper.shared().createObjectNode();
        event.put("specversion", "1.0");
        event.put("id", Long.toString(sequence.incrementAndGet()));
        event.put("source", source);
        event.put("type", PREFIX + what);
        event.put("subject", state.id());
        event.put("time", Instant.now().toString());
        event.put("datacontenttype", "application/json");
        event.set("data", data);
        publisher.publish(what, CONTENT_TYPE, event.toString().getBytes(UTF_8));
    }

    private static ObjectNode data(SessionState state) {
        Principal who = state.principal();
        boolean known = who != null && !who.anonymous();
        return JsonMapper.shared()
                .createObjectNode()
                .put("session", state.id())
                .put("user", who != null && known ? who.subject() : null)
                .put("issuer", who != null && known ? who.issuer() : null);
    }
}
