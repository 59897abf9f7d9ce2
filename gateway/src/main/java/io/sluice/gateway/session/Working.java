package io.sluice.gateway.session;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.TopicRule;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.protocol.subprotocol.Body;
import io.sluice.protocol.subprotocol.ClientMessage.Ack;
import io.sluice.protocol.subprotocol.ClientMessage.Nack;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The work subscriptions of one session, and what is out to it. Tags are the session's own; one that is not out is refused here. What
 * the session is too slow to take waits in a {@link Backlog}. Event loop only.
 */
final class Working {

    private static final String NO_SUCH_TAG =
            "No message with such a tag is out: it was acked before, or is in the queue again.";

    private final Session session;
    private final SessionContext context;
    private final Backlog backlog;
    private final AtomicLong tags = new AtomicLong();
    private final AtomicLong underWay = new AtomicLong();
    private final Map<TopicPattern, WorkSubscription> subscriptions = new HashMap<>();

    /** Bounded by the credits of the subscriptions. */
    private final Map<Long, WorkSubscription> out = new HashMap<>();

    Working(Session session, SessionContext context, Outbox outbox) {
        this.session = session;
        this.context = context;
        backlog = new Backlog(outbox, this::write);
    }

    /** The topics that it is subscribed to. */
    Set<TopicPattern> topics() {
        return subscriptions.keySet();
    }

    /** Subscriptions to others than {@code topics}. */
    int apartFrom(Set<TopicPattern> topics) {
        int count = 0;
        for (TopicPattern held : subscriptions.keySet()) {
            if (!topics.contains(held)) {
                count++;
            }
        }
        return count;
    }

    /** Subscribes with {@code credit}; where the topic is subscribed already, what is out goes back first. */
    void subscribe(Rule rule, int credit) {
        unsubscribe(rule.match());
        WorkSubscription subscription = new WorkSubscription(
                session,
                this,
                rule,
                tags,
                underWay,
                () -> context.configuration().limits().outboundBytes());
        subscriptions.put(rule.match(), subscription.on(context.broker().work(rule, credit, subscription)));
        context.meters().rule(rule.index()).subscribed(1);
    }

    /** Without effect where it is not subscribed. */
    void unsubscribe(TopicPattern topic) {
        WorkSubscription subscription = subscriptions.get(topic);
        if (subscription != null) {
            remove(subscription);
        }
    }

    /** The claims have changed: what is no longer granted ends, and is told. */
    void recheck() {
        for (WorkSubscription subscription : List.copyOf(subscriptions.values())) {
            if (!session.authority().allowsSubscribe(subscription.pattern())) {
                remove(subscription);
                tellUnsubscribed(subscription, ErrorCode.FORBIDDEN);
            }
        }
    }

    void ack(Ack ack) {
        boolean unknown = false;
        for (long tag : ack.tags()) {
            WorkSubscription subscription = out.remove(tag);
            if (subscription == null) {
                unknown = true;
            } else {
                subscription.queue().ack(tag);
            }
        }
        if (unknown) {
            refuse(ack.id());
        }
    }

    void nack(Nack nack) {
        boolean unknown = false;
        for (long tag : nack.tags()) {
            WorkSubscription subscription = out.remove(tag);
            if (subscription == null) {
                unknown = true;
            } else {
                subscription.queue().nack(tag, nack.requeue());
            }
        }
        if (unknown) {
            refuse(nack.id());
        }
    }

    /** The channel can take more. */
    void drain() {
        backlog.drain();
    }

    /** The session is over: everything that is out goes back. */
    void close() {
        List.copyOf(subscriptions.values()).forEach(this::remove);
    }

    void delivered(WorkSubscription subscription, long tag, Delivery delivery, boolean redelivered) {
        if (subscription.ended()) {
            return;
        }
        TopicRule rule =
                context.configuration().topics().get(subscription.rule().index());
        String contentType = delivery.contentType() == null ? rule.contentType() : delivery.contentType();
        Body body = new Body(delivery.body(), contentType, delivery.contentEncoding());
        ServerMessage message =
                new ServerMessage.Message(delivery.topic(), body, null, tag, redelivered, delivery.headers());
        out.put(tag, subscription);
        boolean taken = backlog.offer(new Backlog.Entry(
                subscription,
                tag,
                message,
                delivery.body().length,
                delivery.receivedNanos(),
                context.tracing().apply(delivery)));
        if (!taken) {
            declined(subscription, tag);
        }
    }

    /** It stays out, so that it does not come back at once, and goes back when the session reads again. */
    void declined(WorkSubscription subscription, long tag) {
        out.remove(tag);
        if (!subscription.ended()) {
            backlog.decline(subscription, tag);
            backlog.drain();
        }
    }

    void returned(WorkSubscription subscription, long tag) {
        out.remove(tag);
        backlog.remove(subscription, tag);
    }

    void tooLarge(WorkSubscription subscription) {
        if (!subscription.ended()) {
            ServerMessage gap = new ServerMessage.Gap(subscription.pattern().toString(), GapReason.TOO_LARGE, 1);
            backlog.offer(new Backlog.Entry(subscription, Backlog.NO_TAG, gap, 0, 0, null));
        }
    }

    void deleted(WorkSubscription subscription) {
        if (!subscription.ended()) {
            remove(subscription);
            tellUnsubscribed(subscription, ErrorCode.NO_SUCH_TOPIC);
        }
    }

    private void remove(WorkSubscription subscription) {
        subscription.end();
        subscriptions.remove(subscription.pattern());
        out.values().removeIf(subscription::equals);
        backlog.removeAll(subscription);
        context.meters().rule(subscription.rule().index()).subscribed(-1);
    }

    private void write(Backlog.Entry entry) {
        int rule = entry.subscription().rule().index();
        boolean sensitive = context.configuration().topics().get(rule).sensitive();
        session.deliver(entry.message(), sensitive);
        if (entry.tag() != Backlog.NO_TAG) {
            context.meters().rule(rule).encoded();
            context.meters().rule(rule).delivered(1);
            context.meters().rule(rule).delay(System.nanoTime() - entry.receivedNanos());
        }
        Runnable written = entry.written();
        if (written != null) {
            written.run();
        }
    }

    /** One answer to a command that names tags which are not out, however many. Those that are out are done all the same. */
    private void refuse(@Nullable String requestId) {
        session.fail(requestId, ErrorCode.NO_SUCH_TAG, NO_SUCH_TAG, null);
    }

    private void tellUnsubscribed(WorkSubscription subscription, ErrorCode code) {
        session.answer(new ServerMessage.Unsubscribed(subscription.pattern().toString(), code));
    }
}
