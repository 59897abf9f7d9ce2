package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One consumer of a live queue, from its consume to its end. Its callbacks come in order, on one thread at a time. Messages are acked in
 * batches, by count or after a second: a message that stayed unacked on a quiet topic would run into the broker's consumer timeout.
 */
final class LiveConsumer extends DefaultConsumer {

    private static final Logger LOG = LoggerFactory.getLogger(LiveConsumer.class);
    private static final long ACK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Less than a broker takes to queue a message. */
    private static final long QUEUEING_NANOS = 10_000;

    private final LiveFeed feed;
    private final String queue;
    private final int queueLength;
    private final long checkNanos;
    private final int ackEvery;
    private final SerialThread commands;

    private volatile long taken;
    /** Whether what is taken now is acked within {@link #ACK_NANOS}, however few follow. */
    private volatile boolean ackComes;

    private int sinceAck;
    /** On the command thread. */
    private long acked;

    private long checkedNanos = System.nanoTime();

    LiveConsumer(LiveFeed feed, Channel channel, String queue, int queueLength, int prefetch, SerialThread commands) {
        super(channel);
        this.feed = feed;
        this.queue = queue;
        this.queueLength = queueLength;
        this.checkNanos = Math.min(MAX_CHECK_NANOS, queueLength * QUEUEING_NANOS);
        this.ackEvery = Math.max(1, prefetch / 2);
        this.commands = commands;
    }

    String queue() {
        return queue;
    }

    @Override
    public void handleConsumeOk(String consumerTag) {
        feed.consuming(this);
    }

    @Override
    public void handleDelivery(String consumerTag, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        feed.delivered(this, envelope.getRoutingKey(), properties, body);
        taken = envelope.getDeliveryTag();
        if (!ackComes) {
            ackComes = true;
            commands.runIn(ACK_NANOS, this::ackInTime);
        }
        sinceAck++;
        if (sinceAck >= ackEvery) {
            sinceAck = 0;
            commands.run(this::ack);
        }
    }

    @Override
    public void handleCancel(String consumerTag) {
        feed.lost(this, "its queue was deleted");
    }

    @Override
    public void handleShutdownSignal(String consumerTag, ShutdownSignalException signal) {
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null && !signal.isInitiatedByApplication()) {
            feed.lost(this, close.getReplyText());
        }
    }

    /** Closes the channel, and with it the queue; whatever is on its way is returned to nobody. */
    void end() {
        ChannelEnd.of(getChannel());
    }

    private void ackInTime() {
        ackComes = false;
        ack();
    }

    private void ack() {
        long upTo = taken;
        if (upTo == acked) {
            return;
        }
        try {
            checkLength();
            getChannel().basicAck(upTo, true);
            acked = upTo;
        } catch (IOException | ShutdownSignalException gone) {
            LOG.debug("{} is not acked: {}", queue, gone.getMessage());
        }
    }

    /**
     * The broker drops from a full queue without a word, and with contiguous delivery tags. A queue is at its fullest before the ack that
     * lets the next messages out, so it is looked at there: as often as it could have been filled, and at least once a second.
     */
    private void checkLength() throws IOException {
        long now = System.nanoTime();
        if (now - checkedNanos < checkNanos) {
            return;
        }
        checkedNanos = now;
        if (getChannel().queueDeclarePassive(queue).getMessageCount() >= queueLength) {
            feed.overflowed(this);
        }
    }
}
