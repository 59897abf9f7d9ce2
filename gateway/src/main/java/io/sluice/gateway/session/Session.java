package io.sluice.gateway.session;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.fanout.Shard;
import io.sluice.gateway.policy.Principal;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.GoawayReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import io.sluice.protocol.websocket.netty.WebSocketListener;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's stream: the hinge between what it says in its subprotocol and what the bridge does for it. One per stream, not per TCP
 * connection. Event loop only, but for what says otherwise.
 */
public final class Session implements WebSocketListener, Outbox.Owner {

    /** How long {@link #leave} may take, from the goaway to the close, where outcomes of publishes are awaited. */
    public static final Duration LEAVING = Leaving.MOST;

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private static final String TRANSPORT = "websocket";

    /** How often it is looked whether it is found out who a session is, behind the time that it had to say so. */
    private static final long FIND_OUT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The delay of a deadline that is not there. */
    static final long NEVER = Long.MAX_VALUE;

    private final SessionContext context;
    private final Encoding encoding;
    private final long idHigh = SessionIds.nextHalf();
    private final long idLow = SessionIds.nextHalf();

    /** Null before the welcome. */
    private @Nullable Authority authority;

    private @Nullable Wiring wiring;
    private @Nullable Leaving leaving;

    private Set<Pause> pauses = Set.of();

    private long openedAt;
    private boolean answered;
    private boolean toldBlocked;
    private long received;
    private @Nullable SessionTap tap;

    /** Its place among the sessions of its event loop; that of {@link LoopSessions}. */
    int place = LoopSessions.ABSENT;

    /** What a session has from the moment its socket is open. */
    private record Wiring(WebSocket socket, Shard shard, Outbox outbox, Commands commands) {}

    /** @param principal who it acts for; null where the first message has to say it */
    public Session(SessionContext context, Encoding encoding, @Nullable Principal principal) {
        this.context = context;
        this.encoding = encoding;
        if (principal != null) {
            become(principal);
        }
    }

    public String id() {
        return SessionIds.text(idHigh, idLow);
    }

    /** Who it acts for; null before the welcome. */
    @Nullable
    Principal principalIfAny() {
        return authority == null ? null : authority.principal();
    }

    /** Who it acts for, and what that one may do. */
    Authority authority() {
        return Objects.requireNonNull(authority, "the session has not been welcomed");
    }

    /** Who it acts for. */
    public Principal principal() {
        return authority().principal();
    }

    /** Whether it acts for {@code subject}; {@code issuer} null: of any issuer. */
    public boolean isOf(String subject, @Nullable String issuer) {
        return authority != null && authority.isOf(subject, issuer);
    }

    /** As it is now. */
    public SessionState state() {
        Wiring wired = wiring();
        return SessionState.of(
                this,
                principalIfAny(),
                wired.socket(),
                wired.outbox(),
                wired.commands().workTopics(),
                Duration.ofNanos(now(wired.socket()) - openedAt),
                received);
    }

    /** From now on {@code watcher} sees what it sends and receives; false: somebody does already. */
    public boolean tap(SessionTap watcher) {
        if (tap != null) {
            return false;
        }
        tap = watcher;
        TapOutlet.open(wiring().socket().channel().pipeline(), watcher);
        return true;
    }

    /** Nobody watches any more. Any thread. */
    public void untap() {
        execute(() -> {
            tap = null;
            TapOutlet.close(wiring().socket().channel().pipeline());
        });
    }

    @Override
    public void onOpen(WebSocket socket) {
        openedAt = now(socket);
        Limits limits = context.configuration().limits();
        Shard shard = context.sessions().shard(socket.channel().eventLoop());
        Outbox outbox = shard.open(
                socket,
                encoding.with(socket.compression()),
                context.sessions().limits(limits).outbound(),
                this);
        wiring = new Wiring(socket, shard, outbox, new Commands(this, context, socket, outbox));
        context.sessions().add(shard, this);
        context.meters().connections(TRANSPORT, encoding.subprotocol().name(), 1);
        if (authority != null) {
            welcome();
        }
        tickWithin(onTick(openedAt));
    }

    @Override
    public void onText(ByteBuf payload) {
        onMessage(payload);
        if (encoding.subprotocol().text()) {
            wiring().commands().dispatch(encoding.subprotocol().decode(payload));
        } else {
            end(SessionEnd.BINARY_ONLY);
        }
    }

    @Override
    public void onBinary(ByteBuf payload) {
        onMessage(payload);
        if (encoding.subprotocol().text()) {
            end(SessionEnd.TEXT_ONLY);
        } else {
            wiring().commands().dispatch(encoding.subprotocol().decode(payload));
        }
    }

    @Override
    public void onReadComplete() {
        if (answered && !wiring().socket().channel().isWritable()) {
            reading(Pause.ANSWERS, false);
        }
        answered = false;
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        if (writable) {
            wiring().outbox().drain();
            wiring().commands().drain();
            reading(Pause.ANSWERS, true);
        }
    }

    @Override
    public long onTick(long nowNanos) {
        Authority who = authority;
        if (who == null) {
            return awaitAuthentication(nowNanos);
        }
        long untilExpiry = who.nanosLeft();
        if (untilExpiry <= 0) {
            context.meters().authFailure("expired");
            end(SessionEnd.TOKEN_EXPIRED);
            return NEVER;
        }
        long next = leaving == null ? untilExpiry : Math.min(untilExpiry, leaving.onTick(nowNanos));
        next = Math.min(next, wiring().outbox().onTick(nowNanos));
        return Math.min(next, wiring().commands().onTick(nowNanos));
    }

    private long awaitAuthentication(long nowNanos) {
        long left =
                openedAt + context.configuration().authentication().timeout().toNanos() - nowNanos;
        if (left > 0) {
            return left;
        }
        if (pauses.contains(Pause.AUTHENTICATION)) {
            return FIND_OUT_NANOS;
        }
        context.meters().authFailure("timeout");
        end(SessionEnd.AUTHENTICATION_TIMEOUT);
        return NEVER;
    }

    @Override
    public void onClosed(int code) {
        Wiring wired = wiring();
        context.sessions().listener().closed(this, code);
        if (tap != null) {
            tap.closed();
        }
        wired.commands().close();
        wired.outbox().close();
        context.sessions().remove(wired.shard(), this);
        context.meters().connections(TRANSPORT, encoding.subprotocol().name(), -1);
        context.meters().closed(code);
    }

    /**
     * Sends the session away: a {@code goaway} after {@code delayNanos}, and the close a second later, or as soon as what it has published
     * has its outcome, two seconds later at most. A session that leaves already keeps the earlier moment.
     */
    public void leave(long delayNanos, long reconnectMillis, GoawayReason reason) {
        long tellAt = now(wiring().socket()) + delayNanos;
        if (leaving == null || leaving.yieldsTo(tellAt)) {
            leaving = new Leaving(this, tellAt, reconnectMillis, reason);
            tickWithin(delayNanos);
        }
    }

    void tellGoaway(long reconnectMillis, GoawayReason reason) {
        wiring().outbox().tellPositions();
        answer(new ServerMessage.Goaway(reconnectMillis, reason));
    }

    /** Whether something that it has published has no outcome yet. */
    boolean awaitsOutcomes() {
        return wiring().commands().awaitsOutcomes();
    }

    /** There is a new deadline, which is looked after by {@link #onTick}. */
    void tickWithin(long nanos) {
        wiring().socket().tickWithin(nanos);
    }

    @Override
    public void tooSlow() {
        end(SessionEnd.SLOW);
    }

    /** Closes the session for {@code end}. */
    public void end(SessionEnd end) {
        wiring().socket().close(end.code(), end.reason());
    }

    /** There is a new configuration: its grants, and what may wait, are this session's from now on. */
    public void reconfigured() {
        wiring().outbox()
                .limits(context.sessions()
                        .limits(context.configuration().limits())
                        .outbound());
        if (authority != null) {
            become(authority.principal());
            recheck();
        }
    }

    /** What is no longer granted ends. */
    void recheck() {
        wiring().commands().recheck();
    }

    /** Tells what is news: a session that is welcomed while the broker changes its mind hears of it from both sides. */
    void tellBlocked(boolean blocked) {
        if (authority != null && toldBlocked != blocked) {
            toldBlocked = blocked;
            answer(blocked ? new ServerMessage.Blocked() : new ServerMessage.Unblocked());
        }
    }

    /** Runs {@code action} on the event loop of this session. Any thread. */
    void execute(Runnable action) {
        try {
            wiring().shard().eventLoop().execute(action);
        } catch (RejectedExecutionException e) {
            // The event loops are gone, and the session with them.
            LOG.trace("an outcome came after the end", e);
        }
    }

    void answer(ServerMessage message) {
        wiring().outbox().send(message);
        wiring().shard().flushSoon(wiring().outbox());
        answered = true;
    }

    void fail(@Nullable String requestId, ErrorCode code, String sentence, @Nullable String topic) {
        answer(new ServerMessage.Failure(requestId, code, sentence, topic, false));
    }

    /** Writes a message to this session alone, to be flushed with whatever else this turn writes to it. */
    void deliver(ServerMessage message, boolean sensitive) {
        wiring().outbox().sendOwn(message, sensitive);
        wiring().shard().flushSoon(wiring().outbox());
    }

    /** Whether its socket is closed, so that nothing reaches it any more. */
    boolean gone() {
        return !wiring().socket().channel().isActive();
    }

    /** Whether so many bytes may be written now: at once, or within what may wait for a session. */
    boolean hasRoom(long bytes) {
        return wiring().outbox().writable() || bytes <= wiring().outbox().room();
    }

    /** Whether a subscription to {@code pattern}, of {@code rule}, may receive anything. */
    boolean maySubscribe(TopicPattern pattern, Rule rule) {
        return within(pattern, rule) != null;
    }

    /** As {@link Authority#within}, for a subscription that is of {@code rule}. */
    @Nullable
    List<TopicPattern> within(TopicPattern pattern, Rule rule) {
        return authority()
                .within(
                        pattern,
                        context.configuration().topics().get(rule.index()).narrow());
    }

    /** What keeps its publishes in order. */
    int lane() {
        return Long.hashCode(idLow);
    }

    void reading(Pause pause, boolean enabled) {
        if (pauses.contains(pause) != enabled) {
            return;
        }
        pauses = enabled ? pause.without(pauses) : pause.with(pauses);
        wiring().socket().reading(pauses.isEmpty());
    }

    private void onMessage(ByteBuf payload) {
        received++;
        if (tap != null) {
            tap.received(payload);
        }
    }

    /** Whoever it was: from now on it acts for {@code who}. */
    void act(Principal who) {
        boolean first = authority == null;
        become(who);
        if (first) {
            welcome();
        }
    }

    private void become(Principal who) {
        Authority mine = new Authority(who, context.grants().of(who));
        authority = mine;
        if (wiring != null) {
            tickWithin(mine.nanosLeft());
        }
    }

    private void welcome() {
        Limits limits = context.configuration().limits();
        if (!limits.maxAge().isZero()) {
            leave(Leaving.jittered(limits.maxAge().toNanos()), Leaving.reconnectMillis(), GoawayReason.MAX_AGE);
        }
        wiring().socket().limits(context.sessions().limits(limits).full());
        answer(new ServerMessage.Welcome(
                id(),
                authority().user(),
                principal().expires(),
                limits.messageBytes(),
                limits.subscriptionsPerSession(),
                limits.publishesPerSecond()));
        tellBlocked(context.sessions().isBrokerBlocked());
        context.sessions().listener().welcomed(this);
    }

    private Wiring wiring() {
        return Objects.requireNonNull(wiring, "the socket is not open");
    }

    /** The clock of {@link #onTick}, which is not that of {@code System.nanoTime()}. */
    static long now(WebSocket socket) {
        return socket.channel().eventLoop().ticker().nanoTime();
    }
}
