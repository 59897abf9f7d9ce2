package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.DeliverySink.Hole;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Feeds a live rule: one exclusive server-named queue with a length limit, bound once with the rule's pattern or with the patterns that are
 * subscribed to, and its own consumer on its own channel. After it was lost, the sink is told of the gap by the new consumer's first callback: bound and consuming again, and before
 * any message that came in behind the hole.
 *
 * <p>The queue's name is the broker's: a fixed one would be locked while the connection before still lingers.
 */
final class LiveFeed implements Feed {

    private final Rule rule;
    private final Rule.Live source;
    private final Intake intake;
    private final DeliverySink sink;
    private final SerialThread commands;
    private final int prefetch;
    private final Losses losses;

    /** Serialises the sink's calls across two consumers; never held over anything that waits. */
    private final Object turn = new Object();

    /** Null where the queue is bound once, with the rule's own pattern. */
    private final @Nullable PatternBindings bindings;

    private final ExchangeMarks marks;

    /** Of the exchange when it was bound; null where it is not known. On the broker's thread. */
    private @Nullable String generation;

    private volatile @Nullable LiveConsumer current;
    private boolean hasServed;
    private boolean owesGap;
    /** The current consumer is lost, and the broker's thread knows or will know. */
    private boolean lossTold;

    LiveFeed(
            Rule rule,
            Rule.Live source,
            Intake intake,
            DeliverySink sink,
            SerialThread commands,
            int prefetch,
            @Nullable PatternBindings bindings,
            ExchangeMarks marks,
            Losses losses) {
        this.rule = rule;
        this.source = source;
        this.intake = intake;
        this.sink = sink;
        this.commands = commands;
        this.prefetch = prefetch;
        this.bindings = bindings;
        this.marks = marks;
        this.losses = losses;
    }

    /** What is bound, where that is per pattern; null where it is the rule's own pattern. */
    @Nullable
    PatternBindings bindings() {
        return bindings;
    }

    @Override
    public boolean attached() {
        return current != null;
    }

    @Override
    public @Nullable String attach(Connection connection, Runnable ready) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            return "The connection has no channel left: raise the broker's channel_max.";
        }
        String queue = null;
        try {
            generation = marks.generation(connection, source.exchange());
            queue = declare(channel);
            if (bindings == null) {
                channel.queueBind(queue, source.exchange(), rule.match().toString());
            } else {
                bindings.attached(connection, channel, queue);
            }
            channel.basicQos(prefetch);
            LiveConsumer consumer = new LiveConsumer(this, channel, queue, source.queueLength(), prefetch, commands);
            current = consumer;
            ready.run();
            channel.basicConsume(queue, false, consumer);
            return null;
        } catch (IOException | ShutdownSignalException failure) {
            detach();
            AMQP.Channel.Close refusal = Reason.channelClose(failure);
            if (refusal == null) {
                throw new IOException("no answer", failure);
            }
            // An auto-delete queue that never had a consumer stays until its connection ends.
            if (queue != null) {
                delete(queue, connection);
            }
            return "The live queue cannot be set up: " + refusal.getReplyText() + "."
                    + Reason.remedy(refusal, "configure, write and read on amq.gen-*, and read on the exchange");
        }
    }

    @Override
    public @Nullable String reassert(Topology topology) throws IOException {
        LiveConsumer consumer = current;
        if (consumer == null) {
            return null;
        }
        String now = marks.generation(topology.connection(), source.exchange());
        String problem = bindings == null
                ? topology.rebind(
                        consumer.queue(), source.exchange(), rule.match().toString())
                : bindings.reassert();
        // A loss that is told is dealt with next; one that is not told yet is dealt with now, and must not be told any
        // more.
        if (problem != null) {
            return end(consumer, false) ? problem : null;
        }
        if (generation != null && now != null && !now.equals(generation)) {
            remade(consumer);
        }
        generation = now;
        return null;
    }

    /** The exchange was deleted and made anew since the last look: until a moment ago nothing led here. */
    private void remade(LiveConsumer bound) {
        synchronized (turn) {
            if (bound == current) {
                intake.guarded(rule, () -> sink.gap(rule, Hole.BROKER, -1));
            }
        }
    }

    @Override
    public void detach() {
        LiveConsumer standing = current;
        if (standing != null) {
            end(standing, true);
        }
    }

    /** Whether it has ended {@code consumer}; where {@code evenIfLost} is false, it leaves one whose loss is told. */
    private boolean end(LiveConsumer consumer, boolean evenIfLost) {
        synchronized (turn) {
            if (consumer != current || (lossTold && !evenIfLost)) {
                return false;
            }
            current = null;
            lossTold = false;
            owesGap = hasServed;
        }
        if (bindings != null) {
            bindings.detached();
        }
        consumer.end();
        return true;
    }

    /** The consumer stands. */
    void consuming(LiveConsumer from) {
        synchronized (turn) {
            if (from != current) {
                return;
            }
            hasServed = true;
            if (owesGap) {
                owesGap = false;
                intake.guarded(rule, () -> sink.gap(rule, Hole.BROKER, -1));
            }
        }
    }

    void delivered(LiveConsumer from, String routingKey, AMQP.BasicProperties properties, byte[] body) {
        synchronized (turn) {
            if (from == current) {
                intake.take(rule, routingKey, properties, body);
            }
        }
    }

    /** The queue has reached its limit while this node was slow, so it has dropped its oldest. */
    void overflowed(LiveConsumer from) {
        synchronized (turn) {
            if (from == current) {
                intake.guarded(rule, () -> sink.gap(rule, Hole.SLOW, -1));
            }
        }
    }

    /** The broker has ended the consumer, and the connection still stands. */
    void lost(LiveConsumer from, String reason) {
        synchronized (turn) {
            if (from != current || lossTold) {
                return;
            }
            lossTold = true;
        }
        losses.lost(this, reason);
    }

    private String declare(Channel channel) throws IOException {
        Map<String, Object> arguments =
                Map.of("x-queue-type", "classic", "x-max-length", source.queueLength(), "x-overflow", "drop-head");
        return channel.queueDeclare("", false, true, true, arguments).getQueue();
    }

    private static void delete(String queue, Connection connection) {
        try (Channel channel = connection.createChannel()) {
            if (channel != null) {
                channel.queueDelete(queue);
            }
        } catch (IOException | TimeoutException | ShutdownSignalException gone) {
            return;
        }
    }
}
