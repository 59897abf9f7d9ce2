package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.metrics.RuleMeters.DropReason;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way out to one session, and the bound on what waits for it. While the channel is writable, messages are written as they come.
 * From the moment it is not, references to them are parked; parked and written bytes together never pass the limit by more than one
 * message, and at the limit the overflow policy of the message's rule decides. Event loop only.
 */
public final class Outbox {

    private final Shard shard;
    private final WebSocket socket;
    private final Encoding encoding;
    private final long limit;
    private final Runnable tooSlow;
    private final List<Subscription> subscriptions = new ArrayList<>(1);

    private @Nullable Parked parked;
    private long accountedBytes;
    private boolean draining;
    private boolean closed;

    /** Whether it is on the shard's list of channels to flush at the end of this turn. */
    boolean touched;

    Outbox(Shard shard, WebSocket socket, Encoding encoding, long limit, Runnable tooSlow) {
        this.shard = shard;
        this.socket = socket;
        this.encoding = encoding;
        this.limit = limit;
        this.tooSlow = tooSlow;
    }

    /** The live subscriptions of this session, in no order. */
    public List<Subscription> subscriptions() {
        return subscriptions;
    }

    public @Nullable Subscription subscription(TopicPattern pattern) {
        for (Subscription subscription : subscriptions) {
            if (subscription.pattern().equals(pattern)) {
                return subscription;
            }
        }
        return null;
    }

    /** From now on every message of {@code rule} that {@code pattern} matches comes here. */
    public void subscribe(Rule rule, TopicPattern pattern) {
        subscribe(rule, pattern, List.of());
    }

    /**
     * As {@link #subscribe(Rule, TopicPattern)}, and only messages that one of {@code within} matches too.
     *
     * @param within empty: all
     */
    public void subscribe(Rule rule, TopicPattern pattern, List<TopicPattern> within) {
        assert shard.inEventLoop();
        Subscription subscription = new Subscription(this, rule, pattern, within);
        subscriptions.add(subscription);
        shard.add(subscription);
    }

    /** From now on {@code subscription} is narrowed to {@code within}; what is parked and no longer for it goes. */
    public void narrow(Subscription subscription, List<TopicPattern> within) {
        assert shard.inEventLoop();
        shard.remove(subscription);
        subscription.within(within);
        shard.add(subscription);
        if (parked != null) {
            parked.removeAll(subscription, message -> !subscription.receives(message.topic()));
            accountParked();
        }
    }

    /** Nothing more comes for {@code subscription}, what is parked included. */
    public void unsubscribe(Subscription subscription) {
        assert shard.inEventLoop();
        shard.remove(subscription);
        subscriptions.remove(subscription);
        if (parked != null) {
            parked.removeAll(subscription, message -> true);
            accountParked();
        }
    }

    /** Writes an answer or a notice, without a flush. It may overtake messages that are parked. */
    public void send(ServerMessage message) {
        assert shard.inEventLoop();
        socket.write(encoding.encode(message, socket.channel().alloc()));
    }

    /** The channel can take more: what was parked goes out, with the marks of its holes first. */
    public void drain() {
        assert shard.inEventLoop();
        if (parked == null || draining) {
            return;
        }
        // A flush may make the channel writable within the call: the loop takes it up, not a second drain inside the
        // first.
        draining = true;
        do {
            tellHoles();
            writeParked(parked);
            socket.flush();
        } while (parked != null && !parked.isEmpty() && socket.channel().isWritable());
        draining = false;
        accountParked();
        if (parked != null && parked.isEmpty()) {
            parked = null;
        }
    }

    /** The session is over: every reference is given up and nothing more is taken. */
    public void close() {
        closed = true;
        while (!subscriptions.isEmpty()) {
            shard.remove(subscriptions.remove(subscriptions.size() - 1));
        }
        if (parked != null) {
            parked.clear();
            accountParked();
            parked = null;
        }
    }

    /** Messages of one subscription, in order; says how many were written now. Borrows {@code run}. */
    int offer(Run run, Subscription subscription) {
        if (closed) {
            return 0;
        }
        if (parked == null && subscription.next <= run.firstOffset() && writeWhole(run)) {
            subscription.sent(run.message(run.size() - 1));
            return run.size();
        }
        int written = 0;
        for (int i = 0; i < run.size() && !closed; i++) {
            SharedMessage message = run.message(i);
            if (subscription.wants(message)) {
                written += offer(run.frame(i, encoding), message, subscription);
                subscription.sent(message);
            }
        }
        return written;
    }

    /** A hole in {@code subscription}, behind what came before and before what comes after. */
    void gap(Subscription subscription, GapReason reason, long missed) {
        if (closed) {
            return;
        }
        if (parked == null) {
            send(new ServerMessage.Gap(subscription.pattern().toString(), reason, missed));
            shard.touch(this);
        } else if (parked.bytes() + socket.pendingBytes() + Parked.MARK_BYTES > limit) {
            overflowBy(subscription);
        } else {
            parked.addGap(subscription, reason, missed);
            accountParked();
        }
    }

    void flush() {
        touched = false;
        socket.flush();
    }

    private boolean writeWhole(Run run) {
        ByteBuf frames = run.joined(encoding);
        int bytes = frames.readableBytes();
        if (!writable() || socket.pendingBytes() + bytes > limit) {
            return false;
        }
        socket.write(frames.retainedDuplicate());
        shard.touch(this);
        return true;
    }

    private int offer(ByteBuf frame, SharedMessage message, Subscription subscription) {
        if (parked == null && writable()) {
            socket.write(frame.retainedDuplicate());
            shard.touch(this);
            return 1;
        }
        park(message, frame.readableBytes(), subscription);
        return 0;
    }

    /** What this turn wrote may be all that fills the channel: then the kernel is asked before anything is parked. */
    private boolean writable() {
        if (socket.channel().isWritable()) {
            return true;
        }
        if (touched) {
            socket.flush();
        }
        return socket.channel().isWritable();
    }

    private void park(SharedMessage message, int bytes, Subscription subscription) {
        Overflow policy = shard.overflow(subscription.rule);
        if (parked == null) {
            parked = new Parked();
        }
        if (policy == Overflow.CONFLATE) {
            if (parked.conflate(subscription, message, bytes)) {
                lose(message, subscription.rule);
                shard.meters(subscription.rule).dropped(DropReason.SLOW, 1);
            }
        } else {
            parked.add(subscription, message, bytes);
        }
        accountParked();
        if (parked.bytes() + socket.pendingBytes() > limit) {
            overflow(policy, subscription);
        }
    }

    private void overflow(Overflow policy, Subscription subscription) {
        if (policy == Overflow.DISCONNECT) {
            overflowBy(subscription);
            return;
        }
        shard.slow(policy);
        while (parked != null && parked.bytes() + socket.pendingBytes() > limit) {
            Parked.Entry oldest = parked.oldest(subscription.rule);
            if (oldest == null || oldest.message == null || parked.isLast(oldest)) {
                break;
            }
            lose(oldest.message, subscription.rule);
            shard.meters(subscription.rule).dropped(DropReason.SLOW, 1);
            parked.remove(oldest);
        }
        accountParked();
    }

    private void overflowBy(Subscription subscription) {
        shard.slow(Overflow.DISCONNECT);
        shard.meters(subscription.rule).dropped(DropReason.SLOW, 1);
        close();
        tooSlow.run();
    }

    /** Every pattern of this session that matched the lost message has a hole. */
    private void lose(SharedMessage lost, Rule rule) {
        for (Subscription subscription : subscriptions) {
            if (subscription.rule.index() == rule.index() && subscription.receives(lost.topic())) {
                subscription.missed++;
            }
        }
    }

    private void tellHoles() {
        for (Subscription subscription : subscriptions) {
            if (subscription.missed > 0) {
                send(new ServerMessage.Gap(subscription.pattern().toString(), GapReason.SLOW, subscription.missed));
                subscription.missed = 0;
            }
        }
    }

    private void writeParked(Parked waiting) {
        Parked.Entry entry = waiting.first();
        while (entry != null && socket.channel().isWritable()) {
            if (entry.message != null) {
                socket.write(
                        entry.message.frame(encoding, socket.channel().alloc()).retainedDuplicate());
                shard.meters(entry.subscription.rule).delivered(1);
            } else if (entry.gap != null) {
                send(new ServerMessage.Gap(entry.subscription.pattern().toString(), entry.gap, entry.missed));
            }
            waiting.remove(entry);
            entry = waiting.first();
        }
    }

    private void accountParked() {
        long bytes = parked == null ? 0 : parked.bytes();
        shard.outbound(bytes - accountedBytes);
        accountedBytes = bytes;
    }
}
