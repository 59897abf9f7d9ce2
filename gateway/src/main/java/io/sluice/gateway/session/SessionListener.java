package io.sluice.gateway.session;

import io.sluice.bridge.topic.TopicPattern;

/** Told of what becomes of the sessions of this node, each on its own event loop. Must not block. */
public interface SessionListener {

    /** Does nothing. */
    SessionListener NONE = new SessionListener() {};

    /** It is known who it acts for. */
    default void welcomed(Session session) {}

    /** It has {@code pattern} from now on. */
    default void subscribed(Session session, TopicPattern pattern) {}

    /** It has {@code pattern} no more. A session that is closed has nothing any more, without being told one by one. */
    default void unsubscribed(Session session, TopicPattern pattern) {}

    /** Its WebSocket is closed; its state can be asked for one last time. It may never have been welcomed. */
    default void closed(Session session, int code) {}

    /** Tells both. */
    default SessionListener and(SessionListener other) {
        SessionListener one = this;
        return new SessionListener() {
            @Override
            public void welcomed(Session session) {
                one.welcomed(session);
                other.welcomed(session);
            }

            @Override
            public void subscribed(Session session, TopicPattern pattern) {
                one.subscribed(session, pattern);
                other.subscribed(session, pattern);
            }

            @Override
            public void unsubscribed(Session session, TopicPattern pattern) {
                one.unsubscribed(session, pattern);
                other.unsubscribed(session, pattern);
            }

            @Override
            public void closed(Session session, int code) {
                one.closed(session, code);
                other.closed(session, code);
            }
        };
    }
}
