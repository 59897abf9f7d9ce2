package io.sluice.gateway.session;

import io.netty.buffer.ByteBuf;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.fanout.Shard;
import io.sluice.gateway.policy.Action;
import io.sluice.gateway.policy.GrantedPatterns;
import io.sluice.gateway.policy.Principal;
import io.sluice.protocol.subprotocol.ClientMessage;
import io.sluice.protocol.subprotocol.ErrorCode;
import io.sluice.protocol.subprotocol.GoawayReason;
import io.sluice.protocol.subprotocol.ServerMessage;
import io.sluice.protocol.websocket.netty.WebSocket;
import io.sluice.protocol.websocket.netty.WebSocketListener;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's stream: the hinge between what it says in its subprotocol and what the bridge does for it. One per stream, not per TCP
 * connection. Event loop only, but for what says otherwise.
 */
public final class Session implements WebSocketListener, Outbox.Owner {

    /** Why a session is not read for a while. */
    enum Pause {
        /** Its window of unconfirmed publishes is full. */
        WINDOW,
        /** It does not read the answers to what it sends. */
        ANSWERS,
        /** Who it is is being found out. */
        AUTHENTICATION,
        /** It is about to be closed, and only the outcomes of what it has published are awaited. */
        LEAVING
    }

    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    private static final String TRANSPORT = "websocket";
    private static final int MOST_BAD_REQUESTS = 10;
    private static final long BAD_REQUEST_WINDOW = TimeUnit.MINUTES.toNanos(1);
    private static final double MAX_AGE_JITTER = 0.1;

    /** How often it is looked whether it is found out who a session is, behind the time that it had to say so. */
    private static final long FIND_OUT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The delay of a deadline that is not there. */
    static final long NEVER = Long.MAX_VALUE;

    private final SessionContext context;
    private final Encoding encoding;
    private final long idHigh = SessionIds.nextHalf();
    private final long idLow = SessionIds.nextHalf();

    private @Nullable Principal principal;
    private @Nullable GrantedPatterns grants;

    private @Nullable Wiring wiring;
    private @Nullable Working working;
    private @Nullable Strikes badRequests;
    private @Nullable Leaving leaving;
    private @Nullable Publishing publishing;

    /** Never changed but replaced, so that who is not paused has none of its own. */
    private Set<Pause> pauses = Set.of();

    private long openedAt;
    private boolean answered;
    private boolean toldBlocked;
    private long received;
    private @Nullable SessionTap tap;

    /** Its place among the sessions of its event loop; that of {@link LoopSessions}. */
    int place = LoopSessions.ABSENT;

    /** What a session has from the moment its socket is open. */
    private record Wiring(WebSocket socket, Shard shard, Outbox outbox, Subscribing subscribing) {}

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
        return principal;
    }

    /** Who it acts for. */
    public Principal principal() {
        return Objects.requireNonNull(principal, "the session has not been welcomed");
    }

    /**
     * Whether it acts for {@code subject}, which the anonymous one has not.
     *
     * @param issuer null: of any issuer
     */
    public boolean isOf(String subject, @Nullable String issuer) {
        return principal != null
                && !principal.anonymous()
                && principal.subject().equals(subject)
                && (issuer == null || principal.issuer().equals(issuer));
    }

    /** As it is now. */
    public SessionState state() {
        Wiring wired = wiring();
        return SessionState.of(
                this,
                principal,
                wired.socket(),
                wired.outbox(),
                working == null ? Set.of() : working.topics(),
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
        wiring = new Wiring(socket, shard, outbox, new Subscribing(this, context, outbox, openedAt));
        context.sessions().add(shard, this);
        context.meters().connections(TRANSPORT, encoding.subprotocol().name(), 1);
        if (principal != null) {
            welcome();
        }
        tickWithin(onTick(openedAt));
    }

    @Override
    public void onText(ByteBuf payload) {
        onMessage(payload);
        if (encoding.subprotocol().text()) {
            dispatch(encoding.subprotocol().decode(payload));
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
            dispatch(encoding.subprotocol().decode(payload));
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
            if (working != null) {
                working.drain();
            }
            reading(Pause.ANSWERS, true);
        }
    }

    @Override
    public long onTick(long nowNanos) {
        Principal who = principal;
        if (who == null) {
            return awaitAuthentication(nowNanos);
        }
        long untilExpiry = untilExpiry(who);
        if (untilExpiry <= 0) {
            context.meters().authFailure("expired");
            end(SessionEnd.TOKEN_EXPIRED);
            return NEVER;
        }
        long next = leaving == null ? untilExpiry : Math.min(untilExpiry, leaving.onTick(nowNanos));
        next = Math.min(next, wiring().outbox().onTick(nowNanos));
        next = Math.min(next, wiring().subscribing().onTick(nowNanos));
        return publishing == null ? next : Math.min(next, publishing.onTick(nowNanos));
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

    /** By the clock on the wall, which may be set: it is looked at with every tick, so at least with every ping. */
    private static long untilExpiry(Principal who) {
        Instant expires = who.expires();
        return expires == null ? NEVER : TimeUnit.NANOSECONDS.convert(Duration.between(Instant.now(), expires));
    }

    @Override
    public void onClosed(int code) {
        Wiring wired = wiring();
        context.sessions().listener().closed(this, code);
        if (tap != null) {
            tap.closed();
        }
        if (working != null) {
            working.close();
        }
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
        return publishing != null && publishing.unconfirmed() > 0;
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

    /** The grants of the configuration have changed. */
    public void regrant() {
        if (principal != null) {
            become(principal);
            recheck();
        }
    }

    /** What is no longer granted ends. */
    void recheck() {
        wiring().subscribing().recheck();
    }

    /** Tells what is news: a session that is welcomed while the broker changes its mind hears of it from both sides. */
    void tellBlocked(boolean blocked) {
        if (principal != null && toldBlocked != blocked) {
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

    /** Whether so many bytes may be written now: at once, or within what may wait for a session. */
    boolean hasRoom(long bytes) {
        return wiring().outbox().writable() || bytes <= wiring().outbox().room();
    }

    /** Its work subscriptions. */
    Working working() {
        if (working == null) {
            working = new Working(this, context, wiring().outbox());
        }
        return working;
    }

    /** Its publishes and requests. */
    private Publishing publishing() {
        if (publishing == null) {
            publishing = new Publishing(this, context, now(wiring().socket()));
        }
        return publishing;
    }

    /** Null where it never had one: most sessions do not. */
    @Nullable
    Working workingIfAny() {
        return working;
    }

    /** Whether the session may subscribe to {@code rules} now: a work topic costs the broker as much as a publish, and counts as one. */
    boolean mayConsume(Collection<Rule> rules) {
        long work = rules.stream()
                .filter(rule -> rule.source() instanceof Rule.Work)
                .count();
        return work == 0 || publishing().take(work, now(wiring().socket()));
    }

    boolean allowsSubscribe(TopicPattern pattern) {
        return grants != null && grants.allows(Action.SUBSCRIBE, pattern);
    }

    /** Whether a subscription to {@code pattern}, of {@code rule}, may receive anything. */
    boolean maySubscribe(TopicPattern pattern, Rule rule) {
        return within(pattern, rule) != null;
    }

    /**
     * What a subscription to {@code pattern}, of {@code rule}, may receive: what one of these patterns matches too; empty: all of it, by
     * one grant; null: nothing, so that it is forbidden.
     */
    @Nullable
    List<TopicPattern> within(TopicPattern pattern, Rule rule) {
        if (grants == null) {
            return null;
        }
        if (allowsSubscribe(pattern)) {
            return List.of();
        }
        boolean narrow = context.configuration().topics().get(rule.index()).narrow();
        List<TopicPattern> granted = narrow ? grants.overlapping(Action.SUBSCRIBE, pattern) : List.of();
        return granted.isEmpty() ? null : granted;
    }

    boolean allows(Action action, String topic) {
        return grants != null && grants.allows(action, topic);
    }

    /** Whose idempotence keys it uses: those of its principal, or its own where that is nobody in particular. */
    String keyOwner() {
        Principal who = principal();
        return who.anonymous() ? "session " + id() : "principal " + who.issuer() + ' ' + who.subject();
    }

    /** Who back ends are told that its messages are from; null for an anonymous session. */
    @Nullable
    String user() {
        return principal().anonymous() ? null : principal().subject();
    }

    /** What keeps its publishes in order. */
    int lane() {
        return Long.hashCode(idLow);
    }

    void reading(Pause pause, boolean enabled) {
        if (pauses.contains(pause) != enabled) {
            return;
        }
        Set<Pause> after = EnumSet.of(pause);
        after.addAll(pauses);
        if (enabled) {
            after.remove(pause);
        }
        pauses = after.isEmpty() ? Set.of() : after;
        wiring().socket().reading(pauses.isEmpty());
    }

    private void onMessage(ByteBuf payload) {
        received++;
        if (tap != null) {
            tap.received(payload);
        }
    }

    private void dispatch(ClientMessage message) {
        Wiring wired = wiring();
        if (message instanceof ClientMessage.Refused refused) {
            fail(refused.id(), refused.code(), refused.sentence(), refused.topic());
            if (refused.code() == ErrorCode.BAD_REQUEST) {
                strike();
            }
        } else if (message instanceof ClientMessage.Auth auth) {
            new Authenticating(this, context, wired.socket(), auth).start();
        } else if (principal == null) {
            fail(message.id(), ErrorCode.UNAUTHORIZED, "Send auth with a token first.", null);
            strike();
        } else if (message instanceof ClientMessage.Publish publish) {
            publishing().publish(publish, now(wired.socket()));
        } else if (message instanceof ClientMessage.Subscribe subscribe) {
            wired.subscribing().subscribe(subscribe);
        } else if (message instanceof ClientMessage.Unsubscribe unsubscribe) {
            wired.subscribing().unsubscribe(unsubscribe);
        } else if (message instanceof ClientMessage.Ping ping) {
            answer(new ServerMessage.Pong(ping.id()));
        } else if (message instanceof ClientMessage.Request request) {
            publishing().request(request, now(wired.socket()));
        } else if (message instanceof ClientMessage.Ack ack) {
            working().ack(ack);
        } else if (message instanceof ClientMessage.Nack nack) {
            working().nack(nack);
        }
    }

    /** Whoever it was: from now on it acts for {@code who}. */
    void act(Principal who) {
        boolean first = principal == null;
        become(who);
        if (first) {
            welcome();
        }
    }

    private void become(Principal who) {
        principal = who;
        grants = context.grants().of(who);
        if (wiring != null) {
            tickWithin(untilExpiry(who));
        }
    }

    private void welcome() {
        Limits limits = context.configuration().limits();
        if (!limits.maxAge().isZero()) {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            // Sessions that came together, after an outage, do not go together.
            double jitter = random.nextDouble(1 - MAX_AGE_JITTER, 1 + MAX_AGE_JITTER);
            leave((long) (limits.maxAge().toNanos() * jitter), random.nextLong(0, 1000), GoawayReason.MAX_AGE);
        }
        wiring().socket().limits(context.sessions().limits(limits).full());
        Principal who = principal();
        answer(new ServerMessage.Welcome(
                id(),
                who.anonymous() ? null : who.subject(),
                who.expires(),
                limits.messageBytes(),
                limits.subscriptionsPerSession(),
                limits.publishesPerSecond()));
        tellBlocked(context.sessions().isBrokerBlocked());
        context.sessions().listener().welcomed(this);
    }

    private void strike() {
        if (badRequests == null) {
            badRequests = new Strikes(MOST_BAD_REQUESTS, BAD_REQUEST_WINDOW);
        }
        if (badRequests.strike(now(wiring().socket()))) {
            end(SessionEnd.BAD_REQUESTS);
        }
    }

    private Wiring wiring() {
        return Objects.requireNonNull(wiring, "the socket is not open");
    }

    /** The clock of {@link #onTick}, which is not that of {@code System.nanoTime()}. */
    private static long now(WebSocket socket) {
        return socket.channel().eventLoop().ticker().nanoTime();
    }
}
