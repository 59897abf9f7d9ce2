package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConfirmListener;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.Return;
import com.rabbitmq.client.ShutdownSignalException;
import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One channel in confirm mode and what was sent on it, from its opening to its end. The lane sends; confirms, returns and the end come on
 * the client's reader; the clock comes by. Whichever is first settles a publication.
 */
final class ConfirmChannel implements ConfirmListener {

    /** RabbitMQ returns and then acks; other brokers nack and then return, at once. */
    private static final long RETURN_AFTER_NACK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    private record Nacked(Pending pending, long untilNanos) {}

    private final Channel channel;
    private final Frames frames;
    private final PublishProperties properties;
    private final BridgeMetrics metrics;
    private final Ledger ledger = new Ledger();
    private final Map<Long, Nacked> nacked = new ConcurrentHashMap<>();

    private ConfirmChannel(Channel channel, Frames frames, PublishProperties properties, BridgeMetrics metrics) {
        this.channel = channel;
        this.frames = frames;
        this.properties = properties;
        this.metrics = metrics;
    }

    /**
     * @param ended is told why the broker closed the channel alone; not of the connection's end
     * @throws IOException no channel can be had on this connection
     */
    static ConfirmChannel open(
            Connection connection,
            Frames frames,
            PublishProperties properties,
            BridgeMetrics metrics,
            Consumer<AMQP.Channel.Close> ended)
            throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection has no channel left: raise the broker's channel_max");
        }
        ConfirmChannel opened = new ConfirmChannel(channel, frames, properties, metrics);
        channel.addConfirmListener(opened);
        channel.addReturnListener(opened::handleReturn);
        channel.addShutdownListener(signal -> opened.handleEnd(signal, ended));
        channel.confirmSelect();
        return opened;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    /**
     * Sends, or settles what cannot be sent. Blocks while the socket takes nothing. On the lane's thread.
     *
     * @param more whether {@link #flush} follows, after more of this
     */
    void send(Pending pending, boolean more) {
        if (!more) {
            send(pending);
            return;
        }
        frames.hold();
        try {
            send(pending);
        } finally {
            frames.release();
        }
    }

    /** Sends what was held. Blocks while the socket takes nothing. On the lane's thread. */
    void flush() {
        try {
            frames.flush();
        } catch (IOException gone) {
            // The reader meets the same end, and settles.
            return;
        }
    }

    private void send(Pending pending) {
        Publication publication = pending.publication();
        long sequence = channel.getNextPublishSeqNo();
        pending.sentAs(sequence);
        ledger.add(sequence, pending);
        try {
            channel.basicPublish(
                    publication.route().exchange(),
                    publication.route().routingKey(),
                    true,
                    properties.of(publication, pending.replyTo(), sequence),
                    publication.body());
        } catch (AlreadyClosedException nothingSent) {
            settle(ledger.take(sequence), PublishOutcome.NOT_SENT);
        } catch (IOException partlySent) {
            settle(ledger.take(sequence), PublishOutcome.UNKNOWN);
        } catch (RuntimeException notEncoded) {
            // The client has counted it, the broker has not: the numbers no longer agree.
            settle(ledger.take(sequence), PublishOutcome.NOT_SENT);
            abort();
            throw notEncoded;
        }
        if (!channel.isOpen()) {
            // It may have been added after the end had settled the others.
            giveUpAll();
        }
    }

    @Override
    public void handleAck(long sequence, boolean multiple) {
        rejectNacked(Long.MAX_VALUE);
        if (!multiple) {
            acked(ledger.take(sequence));
            return;
        }
        for (Pending next = ledger.takeThrough(sequence); next != null; next = ledger.takeThrough(sequence)) {
            acked(next);
        }
    }

    @Override
    public void handleNack(long sequence, boolean multiple) {
        if (!multiple) {
            nacked(ledger.take(sequence));
            return;
        }
        for (Pending next = ledger.takeThrough(sequence); next != null; next = ledger.takeThrough(sequence)) {
            nacked(next);
        }
    }

    /** Gives up what nobody will confirm any more, and says whether there was any. On the clock's thread. */
    boolean expire(long nowNanos, long confirmNanos) {
        rejectNacked(nowNanos);
        boolean any = false;
        for (Pending late = ledger.takeSentBefore(nowNanos - confirmNanos);
                late != null;
                late = ledger.takeSentBefore(nowNanos - confirmNanos)) {
            late.giveUp();
            any = true;
        }
        return any;
    }

    void giveUpAll() {
        rejectNacked(Long.MAX_VALUE);
        for (Pending next = ledger.takeThrough(Long.MAX_VALUE);
                next != null;
                next = ledger.takeThrough(Long.MAX_VALUE)) {
            next.giveUp();
        }
    }

    void abort() {
        try {
            channel.abort();
        } catch (IOException gone) {
            return;
        }
    }

    private void acked(@Nullable Pending pending) {
        if (pending != null) {
            metrics.confirmed(System.nanoTime() - pending.sentNanos());
            pending.settle(pending.returned() ? PublishOutcome.UNROUTABLE : PublishOutcome.CONFIRMED);
        }
    }

    private void nacked(@Nullable Pending pending) {
        if (pending == null) {
            return;
        }
        metrics.confirmed(System.nanoTime() - pending.sentNanos());
        if (pending.returned()) {
            pending.settle(PublishOutcome.UNROUTABLE);
        } else {
            nacked.put(pending.sequence(), new Nacked(pending, System.nanoTime() + RETURN_AFTER_NACK_NANOS));
        }
    }

    private void handleReturn(Return returned) {
        Map<String, Object> headers = returned.getProperties().getHeaders();
        if (headers == null || !(headers.get(PublishProperties.PUBLISH) instanceof Number number)) {
            return;
        }
        long sequence = number.longValue();
        Pending pending = ledger.find(sequence);
        if (pending != null) {
            pending.markReturned();
            return;
        }
        Nacked before = nacked.remove(sequence);
        if (before != null) {
            before.pending().settle(PublishOutcome.UNROUTABLE);
        }
    }

    private void handleEnd(ShutdownSignalException signal, Consumer<AMQP.Channel.Close> ended) {
        giveUpAll();
        AMQP.Channel.Close close = Reason.channelClose(signal);
        if (close != null && !signal.isInitiatedByApplication()) {
            ended.accept(close);
        }
    }

    /** Those that no return followed in time. */
    private void rejectNacked(long nowNanos) {
        if (nacked.isEmpty()) {
            return;
        }
        for (Iterator<Nacked> all = nacked.values().iterator(); all.hasNext(); ) {
            Nacked next = all.next();
            if (nowNanos == Long.MAX_VALUE || nowNanos - next.untilNanos() >= 0) {
                all.remove();
                next.pending().settle(PublishOutcome.REJECTED);
            }
        }
    }

    private static void settle(@Nullable Pending pending, PublishOutcome outcome) {
        if (pending != null) {
            pending.settle(outcome);
        }
    }
}
