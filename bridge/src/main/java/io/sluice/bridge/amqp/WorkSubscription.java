package io.sluice.bridge.amqp;

import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.WorkQueue;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One subscription to a work rule, from channel to channel. What is asked of it, on any thread, happens on the command thread in the order
 * in which it was asked: what was acked before the close is acked. That its consumer follows is seen to by {@link #settle}.
 *
 * <p>Its lock is for the broker's thread and the command thread, and is held over a consume: messages come before the broker's answer to
 * it, and an ack of theirs must find the consumer that has them out.
 */
final class WorkSubscription implements WorkQueue {

    private static final Logger LOG = LoggerFactory.getLogger(WorkSubscription.class);

    private final WorkFeed feed;
    private final int credit;
    private final Sink sink;

    private boolean closed;
    private @Nullable WorkConsumer consumer;

    WorkSubscription(WorkFeed feed, int credit, Sink sink) {
        this.feed = feed;
        this.credit = credit;
        this.sink = sink;
    }

    @Override
    public void ack(long tag) {
        onConsumer(standing -> standing.ack(tag));
    }

    @Override
    public void nack(long tag, boolean requeue) {
        onConsumer(standing -> standing.nack(tag, requeue));
    }

    @Override
    public void close() {
        feed.remove(this);
        feed.commands().run(this::end);
    }

    private synchronized void end() {
        closed = true;
        settle();
    }

    /** Makes the consumer what it should be: there on the feed's channel, or not there. On the command thread. */
    synchronized void settle() {
        WorkChannel channel = feed.channel();
        WorkConsumer standing = consumer;
        // Without a channel it may be the consumer by which a new one is being tried.
        if (standing != null && channel != null && !standing.on(channel)) {
            lost();
            standing = null;
        }
        if (closed) {
            consumer = null;
            if (standing != null) {
                standing.cancel();
            }
        } else if (standing == null && channel != null) {
            try {
                consume(channel);
            } catch (IOException | ShutdownSignalException refused) {
                // The channel's end is told to the feed.
                LOG.debug("rule {}: {}", feed.rule().name(), refused.toString());
            }
        }
    }

    /** @throws IOException as {@link WorkChannel#consume} */
    synchronized void consume(WorkChannel channel) throws IOException {
        lost();
        WorkConsumer fresh = new WorkConsumer(feed, channel, sink);
        fresh.consume(credit);
        consumer = fresh;
    }

    /** Its channel is gone: the broker gives what was out to somebody again. On the broker's thread or the command thread. */
    synchronized void lost() {
        WorkConsumer gone = consumer;
        consumer = null;
        if (gone != null) {
            gone.lost();
        }
    }

    /** The queue is gone. On the command thread. */
    synchronized void ended() {
        closed = true;
        feed.remove(this);
        WorkConsumer gone = consumer;
        consumer = null;
        if (gone != null) {
            gone.drop();
        }
        String reason = "The queue of " + feed.rule().name() + " was deleted.";
        feed.intake().guarded(feed.rule(), () -> sink.ended(reason));
    }

    synchronized void expire(long sentBeforeNanos) {
        if (consumer != null) {
            consumer.expire(sentBeforeNanos);
        }
    }

    private void onConsumer(Consumer<WorkConsumer> action) {
        feed.commands().run(() -> {
            synchronized (this) {
                if (consumer != null) {
                    action.accept(consumer);
                }
            }
        });
    }
}
