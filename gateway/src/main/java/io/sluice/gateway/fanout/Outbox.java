package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.metrics.RuleMeters.DropReason;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way out to one session, and the bound on what waits for it. While the channel is writable, messages are written as they come.
 * From the moment it is not, references to them are parked; parked and written bytes together never pass the limit by more than one
 * message, and at the limit the overflow policy of the message's rule decides. Event loop only.
 */
public final class Outbox {

    /** Whose way out it is. Called on the event loop. */
    @FunctionalInterface
    public interface Owner {

        /** It reads too slowly to be kept: nothing more comes for it. */
        void tooSlow();
    }

    /** The delay of a look that is not needed. */
    static final long NEVER = Long.MAX_VALUE;

    private final Shard shard;
    private final WebSocket socket;
    private final Encoding encoding;
    private OutboundLimits limits;
    private final Owner owner;

    private Subscriptions subscriptions = Subscriptions.NONE;
    /** While something waits. */
    private @Nullable SlowSession slow;

    private long delivered;
    private long dropped;
    private boolean closed;

    /** Number of the last run that was for several patterns. */
    private long merged;

    /** Whether it is on the shard's list of channels to flush at the end of this turn. */
    boolean touched;

    Outbox(Shard shard, WebSocket socket, Encoding encoding, OutboundLimits limits, Owner owner) {
        this.shard = shard;
        this.socket = socket;
        this.encoding = encoding;
        this.limits = limits;
        this.owner = owner;
        limits.applyTo(socket.channel());
    }

    /** From now on. What waits already stays until something more would wait, or it is too old. */
    public void limits(OutboundLimits other) {
        assert shard.inEventLoop();
        limits = other;
        other.applyTo(socket.channel());
        if (parking()) {
            socket.tickWithin(other.age().toNanos());
        }
    }

    OutboundLimits limits() {
        return limits;
    }

    public OutboxState state() {
        assert shard.inEventLoop();
        return new OutboxState(held(), delivered, dropped, slow == null ? 0 : slow.parkedNanos());
    }

    /** The subscriptions of this session, in no order. */
    public List<Subscription> subscriptions() {
        return subscriptions.all();
    }

    public @Nullable Subscription subscription(TopicPattern pattern) {
        return subscriptions.of(pattern);
    }

    /**
     * From now on every message of {@code rule} that {@code pattern} and one of {@code within} match comes here.
     *
     * @param within empty: all that {@code pattern} matches
     * @return where it begins; null on a rule with no history
     */
    public @Nullable Position subscribe(Rule rule, TopicPattern pattern, List<TopicPattern> within) {
        assert shard.inEventLoop();
        Subscription subscription = add(rule, pattern, within);
        return shard.flow(rule).subscribe(subscription);
    }

    /** As {@link #subscribe(Rule, TopicPattern, List)}, with everything that stands behind {@code from}; on a rule with a history. */
    public void subscribe(Rule rule, TopicPattern pattern, List<TopicPattern> within, Place from) {
        assert shard.inEventLoop();
        Subscription subscription = add(rule, pattern, within);
        shard.flow(rule).subscribe(subscription, from);
    }

    private Subscription add(Rule rule, TopicPattern pattern, List<TopicPattern> within) {
        Subscription subscription = new Subscription(this, rule, pattern, within);
        subscriptions = subscriptions.with(subscription);
        return subscription;
    }

    /** From now on {@code subscription} is narrowed to {@code within}; what is parked and no longer for it goes. */
    public void narrow(Subscription subscription, List<TopicPattern> within) {
        assert shard.inEventLoop();
        shard.flow(subscription.rule).narrow(subscription, within);
        if (slow != null) {
            slow.remove(subscription, message -> !subscription.receives(message.topic()));
        }
    }

    /** Nothing more comes for {@code subscription}, what is parked included. */
    public void unsubscribe(Subscription subscription) {
        assert shard.inEventLoop();
        shard.flow(subscription.rule).unsubscribe(subscription);
        subscriptions = subscriptions.without(subscription);
        if (slow != null) {
            slow.remove(subscription, message -> true);
        }
    }

    /** Writes an answer or a notice, without a flush. It may overtake messages that are parked. */
    public void send(ServerMessage message) {
        assert shard.inEventLoop();
        socket.write(encoding.encode(message, socket.channel().alloc()));
    }

    /** Up to where everything was sent on {@code subscription}; null where that is not known, or its rule has no history. */
    public @Nullable String position(Subscription subscription) {
        assert shard.inEventLoop();
        return parking() ? null : shard.flow(subscription.rule).standing(subscription);
    }

    /** Tells where the subscriptions stand that came on without a message, where their rules have a history. */
    public void tellPositions() {
        assert shard.inEventLoop();
        for (int i = 0; i < subscriptions.all().size() && takesReplay(); i++) {
            Subscription subscription = subscriptions.all().get(i);
            String news = shard.flow(subscription.rule).news(subscription);
            if (news != null) {
                send(new ServerMessage.Position(subscription.pattern().toString(), news));
                shard.flushSoon(this);
            }
        }
    }

    /** Writes a message that is for this session alone, without a flush; compressed where that was agreed. */
    public void sendOwn(ServerMessage message, boolean sensitive) {
        assert shard.inEventLoop();
        delivered++;
        socket.write(encoding.encodeOwn(message, sensitive, socket.channel().alloc()));
    }

    /** Bytes that may still wait for this session; negative where more does than may. */
    public long room() {
        return limits.bytes() - held();
    }

    /** What waits for this session outside, or waits there no more, counts towards its limit from now on, or no more. In bytes. */
    public void setAside(long change) {
        slow().setAside(change);
        forget();
    }

    /** Looks for what has waited too long, and gives the nanoseconds until it has to look again. */
    public long onTick(long nowNanos) {
        if (!closed && (parking() || socket.pendingBytes() > 0)) {
            return slow().onTick(nowNanos, subscriptions.replaying());
        }
        if (slow != null) {
            slow.flushed();
            forget();
        }
        return NEVER;
    }

    /** The channel can take more: what was parked goes out, with the marks of its holes first; then replays go on. */
    public void drain() {
        assert shard.inEventLoop();
        if (slow != null) {
            slow.drain();
            forget();
        }
        if (!parking()) {
            resumeReplays();
        }
    }

    public boolean isClosed() {
        return closed;
    }

    /** The session is over: every reference is given up and nothing more is taken. */
    public void close() {
        closed = true;
        Subscriptions ended = subscriptions;
        subscriptions = Subscriptions.NONE;
        ended.all().forEach(subscription -> shard.flow(subscription.rule).unsubscribe(subscription));
        if (slow != null) {
            slow.close();
            forget();
        }
    }

    /** Whether the run of this number, which is for several patterns, comes here for the first time. */
    boolean isFirst(long run) {
        boolean first = merged != run;
        merged = run;
        return first;
    }

    /** Messages of one subscription, in order; says how many were written now. Borrows {@code run}. */
    int offer(Run run, Subscription subscription) {
        if (closed) {
            return 0;
        }
        if (!parking() && subscription.next <= run.firstOffset() && writeWhole(run)) {
            subscription.sent(run.message(run.size() - 1));
            delivered += run.size();
            return run.size();
        }
        int written = 0;
        for (int i = 0; i < run.size() && !closed; i++) {
            SharedMessage message = run.message(i);
            Subscription taker = subscriptions.taker(subscription, message);
            if (taker != null) {
                written += offer(run.frame(i, encoding), message, taker);
                taker.sent(message);
            }
        }
        delivered += written;
        return written;
    }

    /** Whether something older than what comes live may be written now. */
    boolean takesReplay() {
        return !closed && !parking() && socket.isOpen() && writable();
    }

    /**
     * Messages of the history, in order; gives the first that it had no room for, {@code run.size()} where there is none. Nothing is
     * parked: what it has no room for is not its to keep. Borrows {@code run}.
     */
    int replay(Run run, Subscription subscription) {
        int written = 0;
        int taken = 0;
        if (subscription.next <= run.firstOffset() && hasRoom(run)) {
            write(run.joined(encoding));
            subscription.sent(run.message(run.size() - 1));
            taken = run.size();
            written = taken;
        }
        for (; taken < run.size(); taken++) {
            SharedMessage message = run.message(taken);
            Subscription taker = subscriptions.taker(subscription, message);
            if (taker != null) {
                if (!takesReplay()) {
                    break;
                }
                write(run.frame(taken, encoding));
                taker.sent(message);
                written++;
            }
        }
        shard.meters(subscription.rule).delivered(written);
        shard.meters(subscription.rule).replayed(written);
        delivered += written;
        return taken;
    }

    /** A hole in {@code subscription}, behind what came before and before what comes after. */
    void gap(Subscription subscription, GapReason reason, long missed) {
        if (closed) {
            return;
        }
        if (slow != null && slow.parking()) {
            slow.gap(subscription, reason, missed);
        } else {
            sendGap(subscription, reason, missed);
            shard.touch(this);
        }
    }

    /** Whether the channel can take more. What this turn wrote may be all that fills it: then the kernel is asked. */
    public boolean writable() {
        if (socket.channel().isWritable()) {
            return true;
        }
        if (touched) {
            socket.flush();
        }
        return socket.channel().isWritable();
    }

    void flush() {
        touched = false;
        socket.flush();
    }

    private boolean writeWhole(Run run) {
        if (!writable() || !hasRoom(run)) {
            return false;
        }
        write(run.joined(encoding));
        return true;
    }

    private boolean hasRoom(Run run) {
        return socket.pendingBytes() + run.joined(encoding).readableBytes() <= limits.bytes();
    }

    /** Borrows {@code frames}. */
    private void write(ByteBuf frames) {
        socket.write(frames.retainedDuplicate());
        shard.touch(this);
    }

    private int offer(ByteBuf frame, SharedMessage message, Subscription subscription) {
        if (!parking() && writable()) {
            write(frame);
            return 1;
        }
        slow().park(message, frame.readableBytes(), subscription);
        return 0;
    }

    /** What was parked does not reach the session. */
    void lose(SharedMessage message, Rule rule) {
        subscriptions.lose(message, rule);
        dropped(rule);
    }

    void dropped(Rule rule) {
        dropped++;
        shard.meters(rule).dropped(DropReason.SLOW, 1);
    }

    void end() {
        close();
        owner.tooSlow();
    }

    void tellHoles() {
        for (Subscription subscription : subscriptions.all()) {
            if (subscription.missed > 0) {
                sendGap(subscription, GapReason.SLOW, subscription.missed);
                subscription.missed = 0;
            }
        }
    }

    private void resumeReplays() {
        // Whatever comes of one may be the end of all.
        for (int i = 0; i < subscriptions.all().size(); i++) {
            Subscription subscription = subscriptions.all().get(i);
            if (subscription.paused) {
                shard.flow(subscription.rule).resume(this);
            }
        }
    }

    /** Writes a message that was parked, without a flush. Borrows {@code message}. */
    void writeParked(SharedMessage message, Rule rule) {
        socket.write(message.frame(encoding, socket.channel().alloc()).retainedDuplicate());
        shard.meters(rule).delivered(1);
        delivered++;
    }

    void sendGap(Subscription subscription, GapReason reason, long missed) {
        send(new ServerMessage.Gap(subscription.pattern().toString(), reason, missed));
    }

    /** Bytes that wait, in the gateway and unsent in the channel. */
    long held() {
        return (slow == null ? 0 : slow.bytes()) + socket.pendingBytes();
    }

    private boolean parking() {
        return slow != null && slow.parking();
    }

    private SlowSession slow() {
        SlowSession session = slow;
        if (session == null) {
            session = new SlowSession(this, shard, socket);
            slow = session;
        }
        return session;
    }

    private void forget() {
        if (slow != null && slow.over()) {
            slow = null;
        }
    }
}
