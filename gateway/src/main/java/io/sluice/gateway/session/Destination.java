package io.sluice.gateway.session;

import io.sluice.bridge.topic.Route;
import io.sluice.bridge.topic.Topic;
import io.sluice.gateway.policy.Action;
import io.sluice.protocol.subprotocol.ErrorCode;

/** Where a publish or a request of a client goes, or why it goes nowhere. */
sealed interface Destination {

    record Reached(Route route) implements Destination {}

    record Refused(ErrorCode code, String sentence) implements Destination {}

    /** @param action {@link Action#PUBLISH} or {@link Action#REQUEST} */
    static Destination of(Session session, SessionContext context, Action action, String topic) {
        String problem = Topic.problem(topic);
        if (problem != null) {
            return new Refused(ErrorCode.INVALID_TOPIC, problem);
        }
        Route route = context.rules().route(topic);
        if (route == null) {
            return new Refused(ErrorCode.NO_SUCH_TOPIC, "No topic rule covers this topic.");
        }
        if (!session.authority().allows(action, topic)) {
            return new Refused(ErrorCode.FORBIDDEN, "No grant allows " + action.key() + " on this topic.");
        }
        return new Reached(route);
    }
}
