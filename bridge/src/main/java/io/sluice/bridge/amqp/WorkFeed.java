package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds the subscriptions of a work rule: a consumer for each, and one channel for all of them, so that the broker's {@code channel_max}
 * is no limit for sessions. The subscriptions outlive the channel. Consumes, cancels, acks and nacks run on the command thread.
 */
final class WorkFeed implements Feed {

    private static final Logger LOG = LoggerFactory.getLogger(WorkFeed.class);

    private final Rule rule;
    private final Rule.Work source;
    private final Intake intake;
    private final SerialThread commands;
    private final Losses losses;
    private final Set<WorkSubscription> subscriptions = ConcurrentHashMap.newKeySet();

    private volatile @Nullable WorkChannel current;

    WorkFeed(Rule rule, Rule.Work source, Intake intake, SerialThread commands, Losses losses) {
        this.rule = rule;
        this.source = source;
        this.intake = intake;
        this.commands = commands;
        this.losses = losses;
    }

    /** See {@link io.sluice.bridge.Broker#work}. */
    WorkQueue subscribe(int credit, WorkQueue.Sink sink) {
        WorkSubscription subscription = new WorkSubscription(this, credit, sink);
        subscriptions.add(subscription);
        commands.run(subscription::settle);
        return subscription;
    }

    @Override
    public boolean attached() {
        return current != null;
    }

    /** Whether the queue may be consumed is seen by consuming it: so the first subscription's consumer is made here. */
    @Override
    public @Nullable String attach(Connection connection, Runnable ready) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            return "The connection has no channel left: raise the broker's channel_max.";
        }
        WorkChannel opened = new WorkChannel(channel, source.queue());
        Iterator<WorkSubscription> all = subscriptions.iterator();
        WorkSubscription first = all.hasNext() ? all.next() : null;
        try {
            if (first != null) {
                first.consume(opened);
            }
        } catch (IOException | ShutdownSignalException failure) {
            opened.end();
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            return "The queue '" + source.queue() + "' cannot be consumed: " + refusal.getReplyText() + ".";
        }
        current = opened;
        ready.run();
        channel.addShutdownListener(signal -> onShutdown(opened, signal));
        if (first != null) {
            // It may have been closed meanwhile.
            commands.run(first::settle);
        }
        subscriptions.forEach(subscription -> commands.run(subscription::settle));
        return null;
    }

    /** That the queue is there has been checked, and no binding is ours. */
    @Override
    public @Nullable String reassert(Topology topology) {
        return null;
    }

    @Override
    public void detach() {
        WorkChannel ended = current;
        current = null;
        if (ended != null) {
            ended.end();
        }
        subscriptions.forEach(WorkSubscription::lost);
    }

    /** Returns to the queue what has been out for longer than {@code ackTimeout}. On the command thread. */
    void expire(long nowNanos) {
        long sentBefore = nowNanos - source.ackTimeout().toNanos();
        for (WorkSubscription subscription : subscriptions) {
            subscription.expire(sentBefore);
        }
    }

    Rule rule() {
        return rule;
    }

    Intake intake() {
        return intake;
    }

    SerialThread commands() {
        return commands;
    }

    /** The channel that consumers belong on; null while there is none. */
    @Nullable
    WorkChannel channel() {
        return current;
    }

    void remove(WorkSubscription subscription) {
        subscriptions.remove(subscription);
    }

    /** The broker has cancelled a consumer: mostly the queue was deleted, but perhaps its node went down. On any thread. */
    void cancelled(WorkChannel on) {
        if (on == current && on.noteCancelled()) {
            commands.run(() -> {
                if (deleted(on)) {
                    subscriptions.forEach(WorkSubscription::ended);
                }
                losses.lost(this, "its queue was deleted or is down");
            });
        }
    }

    private boolean deleted(WorkChannel on) {
        try (Channel asking = on.connection().createChannel()) {
            if (asking != null) {
                asking.queueDeclarePassive(source.queue());
            }
            return false;
        } catch (IOException | ShutdownSignalException failure) {
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            // As RabbitMQ words it: a classic queue whose node is down is not found either, and comes back.
            return refusal != null
                    && refusal.getReplyCode() == AMQP.NOT_FOUND
                    && !refusal.getReplyText().contains("inaccessible");
        } catch (TimeoutException noAnswer) {
            LOG.debug("rule {}: {}", rule.name(), noAnswer.toString());
            return false;
        }
    }

    private void onShutdown(WorkChannel ended, ShutdownSignalException signal) {
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null && !signal.isInitiatedByApplication() && ended == current) {
            losses.lost(this, close.getReplyText());
        }
    }
}
