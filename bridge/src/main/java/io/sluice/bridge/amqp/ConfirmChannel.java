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
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One channel in confirm mode and what was sent on it, from its opening to its end. The lane sends; confirms, returns and the end come on
 * the client's reader; the clock comes by. Whichever is first settles a publication.
 *
 * <p>A broker that closes the channel over one publication has dealt with what was sent before it, and discards what was sent behind it
 * (AMQP 0-9-1, channel.close). So of these two the first are unknown, as far as they were not confirmed, and the others were never sent:
 * the lane sends them again.
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

    /** The number of the last, as the broker counts them from confirm.select on. On the lane's thread. */
    private long sent;

    private volatile boolean rejecting;
    private volatile boolean over;
    private volatile boolean restUnsent;

    private ConfirmChannel(Channel channel, Frames frames, PublishProperties properties, BridgeMetrics metrics) {
        this.channel = channel;
        this.frames = frames;
        this.properties = properties;
        this.metrics = metrics;
    }

    /**
     * @param ended is told of the end, when what the end settles is settled: why the broker closed the channel alone, or null
     * @throws IOException no channel can be had on this connection
     */
    static ConfirmChannel open(
            Connection connection,
            Frames frames,
            PublishProperties properties,
            BridgeMetrics metrics,
            Consumer<AMQP.Channel.@Nullable Close> ended)
            throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection has no channel left: raise the broker's channel_max");
        }
        ConfirmChannel opened = new ConfirmChannel(channel, frames, properties, metrics);
        channel.addConfirmListener(opened);
        channel.addReturnListener(opened::handleReturn);
        channel.addShutdownListener(signal -> opened.handleEnd(signal, ended));
        // Not by confirmSelect(): the client would keep books of its own on what is unconfirmed, a sorted set that
        // nobody reads.
        channel.rpc(new AMQP.Confirm.Select.Builder().build());
        return opened;
    }

    boolean isOpen() {
        return ChannelEnd.open(channel);
    }

    /**
     * Sends. Blocks while the socket takes nothing. On the lane's thread.
     *
     * @param more whether {@link #flush} follows, after more of this
     * @return false where the channel is closed and nothing was sent: it is still the lane's
     */
    boolean send(Pending pending, boolean more) {
        if (!more) {
            return send(pending);
        }
        frames.hold();
        try {
            return send(pending);
        } finally {
            frames.release();
        }
    }

    /** Whether the broker has rejected a publish of this channel. */
    boolean rejecting() {
        return rejecting;
    }

    /** Whether nothing is under way that the broker may still confirm or reject. */
    boolean quiet() {
        return ledger.isEmpty();
    }

    /** Whether it has ended, what its end settles is settled, and who is told of it has been told. */
    boolean over() {
        return over;
    }

    /** What was never sent though {@link #send} took it, in order; empty but for a channel that is {@link #over}. On the lane's thread. */
    List<Pending> takeUnsent() {
        if (!restUnsent) {
            giveUpAll();
            return List.of();
        }
        List<Pending> unsent = new ArrayList<>();
        for (Pending next = ledger.takeThrough(Long.MAX_VALUE);
                next != null;
                next = ledger.takeThrough(Long.MAX_VALUE)) {
            unsent.add(next);
        }
        return unsent;
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

    private boolean send(Pending pending) {
        Publication publication = pending.publication();
        long sequence = ++sent;
        pending.sentAs(sequence);
        ledger.add(pending);
        try {
            channel.basicPublish(
                    publication.route().exchange(),
                    publication.route().routingKey(),
                    true,
                    properties.of(publication, pending.replyTo(), sequence),
                    publication.body());
        } catch (AlreadyClosedException nothingSent) {
            return ledger.take(sequence) == null;
        } catch (IOException partlySent) {
            settle(ledger.take(sequence), PublishOutcome.UNKNOWN);
        } catch (RuntimeException notEncoded) {
            // Nobody knows whether the broker has counted it: the numbers may no longer agree.
            settle(ledger.take(sequence), PublishOutcome.NOT_SENT);
            abort();
            throw notEncoded;
        }
        return true;
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
        rejecting = true;
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
        giveUpThrough(Long.MAX_VALUE);
    }

    private void giveUpThrough(long sequence) {
        rejectNacked(Long.MAX_VALUE);
        for (Pending next = ledger.takeThrough(sequence); next != null; next = ledger.takeThrough(sequence)) {
            next.giveUp();
        }
    }

    void abort() {
        ChannelEnd.of(channel);
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

    /** @param signal null where the client could not close the channel in time */
    private void handleEnd(@Nullable ShutdownSignalException signal, Consumer<AMQP.Channel.@Nullable Close> ended) {
        AMQP.Channel.Close close =
                signal == null || signal.isInitiatedByApplication() ? null : Reason.channelClose(signal);
        Refusal refusal = close == null ? null : Refusal.of(close);
        Ledger.Span refused = refusal == null ? null : ledger.span(pending -> refusal.mayBe(pending.publication()));
        if (refusal == null || refused == null) {
            giveUpAll();
        } else {
            restUnsent = true;
            giveUpThrough(refused.first() - 1);
            if (refusal.firstIsIt() || refused.first() == refused.last()) {
                settle(ledger.take(refused.first()), refusal.outcome());
            } else {
                giveUpThrough(refused.last());
            }
        }
        ended.accept(close);
        over = true;
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
