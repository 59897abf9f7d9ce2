package io.sluice.gateway.fanout;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.gateway.metrics.RuleMeters.DropReason;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.deflate.Compression;
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

    /** Why a session lost what waited for it though it was within its own bytes. */
    private enum Shed {
        BUDGET,
        AGE
    }

    /** The delay of a look that is not needed. */
    private static final long NEVER = Long.MAX_VALUE;

    private final Shard shard;
    private final WebSocket socket;
    private final Encoding encoding;
    private final OutboundLimits limits;
    private final Owner owner;

    private Subscriptions subscriptions = Subscriptions.NONE;
    private @Nullable Parked parked;

    /** While bytes are seen to wait in the channel. */
    private @Nullable OutboundMark mark;

    private long asideBytes;
    private long accountedBytes;
    private long delivered;
    private long dropped;
    private boolean draining;
    private boolean closed;

    /** Number of the last run that was for several patterns. */
    private long merged;

    /** Whether it is on the shard's list of channels to flush at the end of this turn. */
    boolean touched;

    /** Its place in the shard's {@link SlowSessions}; negative where it is not there. */
    int slowPlace = -1;

    Outbox(Shard shard, WebSocket socket, Encoding encoding, OutboundLimits limits, Owner owner) {
        this.shard = shard;
        this.socket = socket;
        this.encoding = encoding;
        this.limits = limits;
        this.owner = owner;
    }

    /**
     * How one session is being served.
     *
     * @param bytes that wait for it, in the gateway and unsent in its socket
     * @param delivered messages handed to its socket
     * @param dropped messages that did not reach it, since it read too slowly
     * @param lagNanos age of the oldest message that waits for it; 0 where none does
     */
    public record Standing(long bytes, long delivered, long dropped, long lagNanos) {}

    public Standing standing() {
        assert shard.inEventLoop();
        return new Standing(held(), delivered, dropped, parkedNanos());
    }

    /** The subscriptions of this session, in no order. */
    public List<Subscription> subscriptions() {
        return subscriptions.all();
    }

    public @Nullable Subscription subscription(TopicPattern pattern) {
        return subscriptions.of(pattern);
    }

    /**
     * From now on every message of {@code rule} that {@code pattern} matches comes here.
     *
     * @return where it begins; null on a rule with no history
     */
    public @Nullable Position subscribe(Rule rule, TopicPattern pattern) {
        return subscribe(rule, pattern, List.of());
    }

    /**
     * As {@link #subscribe(Rule, TopicPattern)}, and only messages that one of {@code within} matches too.
     *
     * @param within empty: all
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
        if (parked != null) {
            parked.removeAll(subscription, message -> !subscription.receives(message.topic()));
            accountParked();
        }
    }

    /** Nothing more comes for {@code subscription}, what is parked included. */
    public void unsubscribe(Subscription subscription) {
        assert shard.inEventLoop();
        shard.flow(subscription.rule).unsubscribe(subscription);
        subscriptions = subscriptions.without(subscription);
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

    /** Up to where everything was sent on {@code subscription}; null where that is not known, or its rule has no history. */
    public @Nullable String position(Subscription subscription) {
        assert shard.inEventLoop();
        return parked == null ? shard.flow(subscription.rule).standing(subscription) : null;
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
        ByteBuf frame = encoding.encode(message, socket.channel().alloc());
        Compression compression = encoding.compression();
        if (compression == null || sensitive) {
            socket.write(frame);
            return;
        }
        try {
            socket.write(FrameEncoder.deflated(socket.channel().alloc(), compression, frame));
        } finally {
            frame.release();
        }
    }

    /** Bytes that may still wait for this session; negative where more does than may. */
    public long room() {
        return limits.bytes() - held();
    }

    /** What waits for this session outside, or waits there no more, counts towards its limit from now on, or no more. In bytes. */
    public void setAside(long change) {
        asideBytes += change;
        shard.outbound(change);
        shard.budget().charge(change);
        observeWaiting();
    }

    /** Looks for what has waited too long, and gives the nanoseconds until it has to look again. */
    public long onTick(long nowNanos) {
        if (closed || (parked == null && socket.pendingBytes() == 0)) {
            mark = null;
            return NEVER;
        }
        long age = limits.age().toNanos();
        if (subscriptions.replaying()) {
            // A replay waits for its reader as long as it takes.
            mark = null;
            return age;
        }
        if (mark == null || mark.passed()) {
            mark = new OutboundMark(socket.channel(), nowNanos);
        }
        if (mark.ageNanos(nowNanos) >= age) {
            // What the channel holds can not be dropped, whatever the policy.
            shard.shed(Shed.AGE);
            end();
            return NEVER;
        }
        dropOlderThan(age, Shed.AGE);
        return closed ? NEVER : Math.min(age - mark.ageNanos(nowNanos), age - parkedNanos());
    }

    /**
     * More waits for the sessions of this node than may: the policies of the rules strike for all that is parked, and where nothing is
     * but other things wait the session ends. Says whether anything was given up.
     */
    boolean shed() {
        if (parked != null && parked.oldest() != null) {
            dropOlderThan(0, Shed.BUDGET);
            return true;
        }
        if (asideBytes > 0 && !closed) {
            shard.shed(Shed.BUDGET);
            end();
            return true;
        }
        return false;
    }

    /** Bytes that wait in the gateway, without those in the channel. */
    long waiting() {
        return (parked == null ? 0 : parked.bytes()) + asideBytes;
    }

    /** The channel can take more: what was parked goes out, with the marks of its holes first; then replays go on. */
    public void drain() {
        assert shard.inEventLoop();
        if (parked != null && !draining) {
            drain(parked);
        }
        if (parked == null) {
            resumeReplays();
        }
    }

    private void drain(Parked waiting) {
        // A flush may make the channel writable within the call: the loop takes it up, not a second drain inside the
        // first.
        draining = true;
        do {
            tellHoles();
            writeParked(waiting);
            socket.flush();
        } while (parked != null && !parked.isEmpty() && socket.channel().isWritable());
        draining = false;
        if (parked != null && parked.isEmpty()) {
            parked = null;
        }
        accountParked();
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
        if (parked != null) {
            parked.clear();
            parked = null;
        }
        accountParked();
    }

    /** Drops what has been parked for {@code nanos} and longer, or ends the session where the rule says so. */
    private void dropOlderThan(long nanos, Shed reason) {
        Parked waiting = parked;
        boolean struck = false;
        while (waiting != null && !closed && parkedNanos() >= nanos) {
            Parked.Entry oldest = waiting.oldest();
            if (oldest == null || oldest.message == null) {
                break;
            }
            Overflow policy = shard.overflow(oldest.subscription.rule);
            if (!struck) {
                struck = true;
                shard.shed(reason);
            }
            if (policy == Overflow.DISCONNECT) {
                overflowBy(oldest.subscription);
                return;
            }
            lose(oldest.message, oldest.subscription.rule);
            waiting.remove(oldest);
        }
        accountParked();
    }

    /** How long the oldest parked message has been in the gateway. */
    private long parkedNanos() {
        Parked.Entry oldest = parked == null ? null : parked.oldest();
        return oldest == null || oldest.message == null ? 0 : System.nanoTime() - oldest.message.receivedNanos();
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
        if (parked == null && subscription.next <= run.firstOffset() && writeWhole(run)) {
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
        return !closed && parked == null && socket.isOpen() && writable();
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
        if (parked == null) {
            send(new ServerMessage.Gap(subscription.pattern().toString(), reason, missed));
            shard.touch(this);
        } else if (held() + Parked.MARK_BYTES > limits.bytes()) {
            overflowBy(subscription);
        } else {
            parked.addGap(subscription, reason, missed);
            accountParked();
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
        if (parked == null && writable()) {
            write(frame);
            return 1;
        }
        park(message, frame.readableBytes(), subscription);
        return 0;
    }

    private void park(SharedMessage message, int bytes, Subscription subscription) {
        Overflow policy = shard.overflow(subscription.rule);
        if (parked == null) {
            parked = new Parked(shard.budget());
            socket.tickWithin(limits.age().toNanos());
        }
        if (policy == Overflow.CONFLATE) {
            if (parked.conflate(subscription, message, bytes)) {
                lose(message, subscription.rule);
            }
        } else {
            parked.add(subscription, message, bytes);
        }
        accountParked();
        if (held() > limits.bytes()) {
            overflow(policy, subscription);
        }
    }

    private void overflow(Overflow policy, Subscription subscription) {
        if (policy == Overflow.DISCONNECT) {
            overflowBy(subscription);
            return;
        }
        shard.slow(policy);
        while (parked != null && held() > limits.bytes()) {
            Parked.Entry oldest = parked.oldest(subscription.rule);
            if (oldest == null || oldest.message == null || parked.isLast(oldest)) {
                break;
            }
            lose(oldest.message, subscription.rule);
            parked.remove(oldest);
        }
        accountParked();
    }

    private void overflowBy(Subscription subscription) {
        shard.slow(Overflow.DISCONNECT);
        dropped(subscription.rule);
        end();
    }

    private void lose(SharedMessage message, Rule rule) {
        subscriptions.lose(message, rule);
        dropped(rule);
    }

    private void dropped(Rule rule) {
        dropped++;
        shard.meters(rule).dropped(DropReason.SLOW, 1);
    }

    private void end() {
        close();
        owner.tooSlow();
    }

    private void tellHoles() {
        for (Subscription subscription : subscriptions.all()) {
            if (subscription.missed > 0) {
                send(new ServerMessage.Gap(subscription.pattern().toString(), GapReason.SLOW, subscription.missed));
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

    private void writeParked(Parked waiting) {
        Parked.Entry entry = waiting.first();
        while (entry != null && socket.channel().isWritable()) {
            if (entry.message != null) {
                socket.write(
                        entry.message.frame(encoding, socket.channel().alloc()).retainedDuplicate());
                shard.meters(entry.subscription.rule).delivered(1);
                delivered++;
            } else if (entry.gap != null) {
                send(new ServerMessage.Gap(entry.subscription.pattern().toString(), entry.gap, entry.missed));
            }
            waiting.remove(entry);
            entry = waiting.first();
        }
    }

    long held() {
        return waiting() + socket.pendingBytes();
    }

    private void accountParked() {
        long bytes = parked == null ? 0 : parked.bytes();
        shard.outbound(bytes - accountedBytes);
        accountedBytes = bytes;
        observeWaiting();
    }

    private void observeWaiting() {
        boolean waits = parked != null || asideBytes > 0;
        if (waits || slowPlace >= 0) {
            shard.slow().update(this, waits, waiting());
        }
    }
}
