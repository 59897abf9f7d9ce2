package io.sluice.gateway.fanout;

import io.sluice.bridge.topic.Rule;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.protocol.subprotocol.GapReason;
import io.sluice.protocol.websocket.netty.WebSocket;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A session that reads more slowly than its messages come: what waits for it, how long it may, and what is given up when that is too
 * much. There is one only while something waits. Event loop only.
 */
final class SlowSession {

    /** Why a session lost what waited for it though it was within its own bytes. */
    private enum Shed {
        BUDGET,
        AGE
    }

    private final Outbox outbox;
    private final Shard shard;
    private final WebSocket socket;
    private final Parked parked;

    /** While bytes are seen to wait in the channel. */
    private @Nullable OutboundMark mark;

    private long asideBytes;
    private long accountedBytes;

    /** From the first message that was parked until all that was is written: what comes meanwhile is parked behind it. */
    private boolean parking;

    private boolean draining;

    /** Its place in the shard's {@link SlowSessions}; negative where it is not there. */
    int place = -1;

    SlowSession(Outbox outbox, Shard shard, WebSocket socket) {
        this.outbox = outbox;
        this.shard = shard;
        this.socket = socket;
        parked = new Parked(shard.budget());
    }

    boolean parking() {
        return parking;
    }

    /** Whether nothing waits, here, outside or in the channel as far as it was looked at. */
    boolean over() {
        return !parking && asideBytes == 0 && mark == null;
    }

    /** Bytes that wait in the gateway, without those in the channel. */
    long bytes() {
        return parked.bytes() + asideBytes;
    }

    /** How long the oldest parked message has been in the gateway. */
    long parkedNanos() {
        Parked.Entry oldest = parked.oldest();
        return oldest == null || oldest.message == null ? 0 : System.nanoTime() - oldest.message.receivedNanos();
    }

    /** Keeps a message whose frame has so many bytes, or does with it what the rule says. Takes a reference of its own. */
    void park(SharedMessage message, int bytes, Subscription subscription) {
        Overflow policy = shard.overflow(subscription.rule);
        if (!parking) {
            parking = true;
            socket.tickWithin(outbox.limits().age().toNanos());
        }
        if (policy == Overflow.CONFLATE) {
            if (parked.conflate(subscription, message, bytes)) {
                outbox.lose(message, subscription.rule);
            }
        } else {
            parked.add(subscription, message, bytes);
        }
        account();
        if (outbox.held() > outbox.limits().bytes()) {
            overflow(policy, subscription);
        }
    }

    /** As {@link Outbox#gap}, in its place among what is parked. */
    void gap(Subscription subscription, GapReason reason, long missed) {
        if (outbox.held() + Parked.MARK_BYTES > outbox.limits().bytes()) {
            overflowBy(subscription);
        } else {
            parked.addGap(subscription, reason, missed);
            account();
        }
    }

    void remove(Subscription subscription, Predicate<SharedMessage> which) {
        parked.removeAll(subscription, which);
        account();
    }

    /** As {@link Outbox#setAside}. */
    void setAside(long change) {
        asideBytes += change;
        shard.outbound(change);
        shard.budget().charge(change);
        observe();
    }

    /** Writes what is parked, with the marks of its holes first, as far as the channel takes it. */
    void drain() {
        if (!parking || draining) {
            return;
        }
        // A flush may make the channel writable within the call: the loop takes it up, not a second drain inside the
        // first.
        draining = true;
        do {
            outbox.tellHoles();
            writeParked();
            socket.flush();
        } while (!parked.isEmpty() && socket.channel().isWritable());
        draining = false;
        parking &= !parked.isEmpty();
        account();
    }

    /** Nothing is parked any more; what was set aside still counts. */
    void close() {
        parked.clear();
        parking = false;
        mark = null;
        account();
    }

    /** As {@link Outbox#onTick}, while something waits here or in the channel. */
    long onTick(long nowNanos, boolean replaying) {
        long age = outbox.limits().age().toNanos();
        if (replaying) {
            // A replay waits for its reader as long as it takes.
            mark = null;
            return age;
        }
        if (mark == null || mark.passed()) {
            mark = new OutboundMark(socket.channel(), nowNanos);
        }
        OutboundMark waiting = mark;
        if (waiting.ageNanos(nowNanos) >= age) {
            // What the channel holds can not be dropped, whatever the policy.
            shard.shed(Shed.AGE);
            outbox.end();
            return Outbox.NEVER;
        }
        dropOlderThan(age, Shed.AGE);
        return outbox.isClosed() ? Outbox.NEVER : Math.min(age - waiting.ageNanos(nowNanos), age - parkedNanos());
    }

    /** Nothing waits in the channel. */
    void flushed() {
        mark = null;
    }

    /**
     * More waits for the sessions of this node than may: the policies of the rules strike for all that is parked, and where nothing is
     * but other things wait the session ends. Says whether anything was given up.
     */
    boolean shed() {
        if (parked.oldest() != null) {
            dropOlderThan(0, Shed.BUDGET);
            return true;
        }
        if (asideBytes > 0 && !outbox.isClosed()) {
            shard.shed(Shed.BUDGET);
            outbox.end();
            return true;
        }
        return false;
    }

    /** Drops what has been parked for {@code nanos} and longer, or ends the session where the rule says so. */
    private void dropOlderThan(long nanos, Shed reason) {
        boolean struck = false;
        while (!outbox.isClosed() && parkedNanos() >= nanos) {
            Parked.Entry oldest = parked.oldest();
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
            outbox.lose(oldest.message, oldest.subscription.rule);
            parked.remove(oldest);
        }
        account();
    }

    private void overflow(Overflow policy, Subscription subscription) {
        if (policy == Overflow.DISCONNECT) {
            overflowBy(subscription);
            return;
        }
        shard.slow(policy);
        while (outbox.held() > outbox.limits().bytes()) {
            Parked.Entry oldest = parked.oldest(subscription.rule);
            if (oldest == null || oldest.message == null || parked.isLast(oldest)) {
                break;
            }
            outbox.lose(oldest.message, subscription.rule);
            parked.remove(oldest);
        }
        account();
    }

    private void overflowBy(Subscription subscription) {
        shard.slow(Overflow.DISCONNECT);
        outbox.dropped(subscription.rule);
        outbox.end();
    }

    private void writeParked() {
        Parked.Entry entry = parked.first();
        while (entry != null && socket.channel().isWritable()) {
            if (entry.message != null) {
                Rule rule = entry.subscription.rule;
                outbox.writeParked(entry.message, rule);
            } else if (entry.gap != null) {
                outbox.sendGap(entry.subscription, entry.gap, entry.missed);
            }
            parked.remove(entry);
            entry = parked.first();
        }
    }

    private void account() {
        shard.outbound(parked.bytes() - accountedBytes);
        accountedBytes = parked.bytes();
        observe();
    }

    private void observe() {
        boolean waits = parking || asideBytes > 0;
        if (waits || place >= 0) {
            shard.slow().update(this, waits, bytes());
        }
    }
}
