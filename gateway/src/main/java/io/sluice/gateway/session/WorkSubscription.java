package io.sluice.gateway.session;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One work topic that a session subscribes to. The bridge tells it things on threads of its own; what follows from them happens on the
 * session's event loop. The bodies that are on their way there are bounded: beyond {@code limit} only the tag goes on.
 */
final class WorkSubscription implements WorkQueue.Sink {

    private final Session session;
    private final Working working;
    private final Rule rule;
    private final AtomicLong tags;
    private final AtomicLong underWay;
    private final LongSupplier limit;
    private @Nullable WorkQueue queue;
    private boolean ended;

    /**
     * @param tags the session's
     * @param underWay bytes of bodies on their way to the session's event loop
     * @param limit of {@code underWay}, as it is now, which it passes by one body at most; any thread
     */
    WorkSubscription(
            Session session, Working working, Rule rule, AtomicLong tags, AtomicLong underWay, LongSupplier limit) {
        this.session = session;
        this.working = working;
        this.rule = rule;
        this.tags = tags;
        this.underWay = underWay;
        this.limit = limit;
    }

    /** Event loop, as all that is not of the sink. */
    WorkSubscription on(WorkQueue consumed) {
        queue = consumed;
        return this;
    }

    Rule rule() {
        return rule;
    }

    /** One literal topic, the same as the rule's. */
    TopicPattern pattern() {
        return rule.match();
    }

    WorkQueue queue() {
        return Objects.requireNonNull(queue, "not consuming yet");
    }

    boolean ended() {
        return ended;
    }

    /** What was out goes back, and what is on its way to the event loop comes to nothing. */
    void end() {
        ended = true;
        queue().close();
    }

    @Override
    public long deliver(Delivery delivery, boolean redelivered) {
        long tag = tags.incrementAndGet();
        int bytes = delivery.body().length;
        long before = underWay.getAndAdd(bytes);
        if (before > 0 && before + bytes > limit.getAsLong()) {
            underWay.addAndGet(-bytes);
            session.execute(() -> working.declined(this, tag));
        } else {
            session.execute(() -> {
                underWay.addAndGet(-bytes);
                working.delivered(this, tag, delivery, redelivered);
            });
        }
        return tag;
    }

    @Override
    public void returned(long tag) {
        session.execute(() -> working.returned(this, tag));
    }

    @Override
    public void tooLarge(String topic) {
        session.execute(() -> working.tooLarge(this));
    }

    @Override
    public void ended(String reason) {
        session.execute(() -> working.deleted(this));
    }
}
