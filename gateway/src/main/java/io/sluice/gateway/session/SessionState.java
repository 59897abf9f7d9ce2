package io.sluice.gateway.session;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.fanout.OutboxState;
import io.sluice.gateway.fanout.Subscription;
import io.sluice.gateway.policy.Principal;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A session at one moment.
 *
 * @param principal null before the welcome
 * @param protocol its subprotocol
 * @param subscriptions the patterns it has, in no order
 * @param age since its WebSocket was opened
 * @param received messages that the client sent
 */
public record SessionState(
        String id,
        @Nullable Principal principal,
        Peer peer,
        String protocol,
        List<TopicPattern> subscriptions,
        OutboxState outbox,
        Duration age,
        long received) {

    static SessionState of(
            Session session,
            @Nullable Principal principal,
            WebSocket socket,
            Outbox outbox,
            Collection<TopicPattern> work,
            Duration age,
            long received) {
        List<TopicPattern> patterns = Stream.concat(
                        outbox.subscriptions().stream().map(Subscription::pattern), work.stream())
                .toList();
        return new SessionState(
                session.id(),
                principal,
                Peer.of(socket.channel()),
                socket.subprotocol(),
                patterns,
                outbox.state(),
                age,
                received);
    }

    /** Whether it acts for {@code subject}; nobody is the anonymous one. */
    public boolean actsFor(String subject) {
        return principal != null
                && !principal.anonymous()
                && principal.subject().equals(subject);
    }
}
