package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import io.sluice.bridge.BindOutcome;
import io.sluice.bridge.Broker;
import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.BrokerState;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History;
import io.sluice.bridge.Publication;
import io.sluice.bridge.PublishOutcome;
import io.sluice.bridge.RequestOutcome;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.bridge.topic.TopicRules;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The broker over AMQP 0-9-1: one connection to consume and one to publish, so that a broker which stops taking publishes goes on
 * delivering. Each recovers by itself. All decisions are taken on one thread, {@code sluice-broker}, which also calls the listener.
 */
public final class AmqpBroker implements Broker {

    private static final Logger LOG = LoggerFactory.getLogger(AmqpBroker.class);
    private static final long BINDINGS_SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Duration THREADS_END = Duration.ofSeconds(5);
    private static final Duration ACKS_END = Duration.ofSeconds(1);
    private static final long ACK_TIMEOUT_SWEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long STARTING_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long CHECK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final AmqpSettings settings;
    private final TopicRules rules;
    private final BridgeThreads threads = new BridgeThreads();
    private final SerialThread thread = threads.broker();
    private final ExchangeMarks marks = new ExchangeMarks();
    private final Link consume;
    private final Link publish;
    private final Publisher publisher;
    private final MarkerPublisher markers;
    private final Requests requests;
    private final Pace ownQueues;
    private final AtomicBoolean started = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicLong reconnects = new AtomicLong();

    private volatile int deliveryBytes;
    private volatile boolean traced;
    private volatile ServedRules served = ServedRules.NONE;
    private volatile boolean up;
    private volatile @Nullable String reason = "Not connected yet.";

    private volatile @Nullable ControlQueue control;
    private volatile @Nullable EventPublisher events;

    // On the broker's thread alone.
    private @Nullable BrokerListener listener;
    private boolean checked;
    private boolean wasUp;
    private boolean told;
    private boolean checksAgain;
    private long openedNanos;

    public AmqpBroker(AmqpSettings settings, TopicRules rules) {
        this.settings = settings;
        this.deliveryBytes = settings.limits().deliveryBytes();
        this.rules = rules;
        Links owner = new Links();
        this.consume = new Link("consume", settings, thread, threads, threads.deliveries(), owner);
        this.publish = new Link("publish", settings, thread, threads, threads.deliveries(), owner);
        this.publisher = new Publisher(settings, threads, publish, new Publishing());
        this.markers = new MarkerPublisher(publish, publisher::blocked, threads.markers());
        this.requests = new Requests(settings, () -> deliveryBytes, publisher, this::onOwnQueueLost);
        this.ownQueues = new Pace(settings.timing().reattach());
    }

    /**
     * Before {@link #start}: every body that is published to {@code exchange} comes to {@code sink}, on threads of the bridge. Must not
     * block.
     */
    public void control(String exchange, Consumer<byte[]> sink) {
        control = new ControlQueue(exchange, sink, this::onOwnQueueLost);
    }

    /**
     * Before {@link #start}: what publishes events to {@code exchange}.
     *
     * @param dropped told of each that is dropped, on any thread
     */
    public EventPublisher events(String exchange, Runnable dropped) {
        EventPublisher made = new EventPublisher(
                exchange,
                publish,
                publisher::blocked,
                threads,
                new Pace(settings.timing().reattach()),
                dropped);
        events = made;
        return made;
    }

    /** Before {@link #start}: deliveries say of which trace they are, whatever headers their rules let through. */
    public void traced() {
        traced = true;
    }

    /** No larger body from AMQP is delivered from now on, in bytes. Any thread. */
    public void deliveryBytes(int most) {
        deliveryBytes = most;
    }

    @Override
    public void start(BrokerListener told, DeliverySink sink) {
        if (!started.compareAndSet(false, true)) {
            throw new IllegalStateException("The broker is started once.");
        }
        Intake intake = new Intake(rules, sink, () -> deliveryBytes, traced, settings.metrics());
        Duration reattach = settings.timing().reattach();
        served = new ServedRules(rules.rules().stream()
                .map(rule -> new ServedRule(rule, feed(rule, intake, sink), told, new Pace(reattach)))
                .toList());
        publisher.start();
        requests.start(threads.clock());
        threads.commands().every(ACK_TIMEOUT_SWEEP_NANOS, served::expireWork);
        thread.run(() -> listener = told);
        thread.run(publish::hurry);
        thread.run(consume::hurry);
        thread.every(settings.timing().recheck().toNanos(), this::check);
        List<PatternBindings> perPattern = served.bindings();
        if (!perPattern.isEmpty()) {
            long sweep =
                    Math.min(BINDINGS_SWEEP_NANOS, settings.timing().linger().toNanos());
            thread.every(sweep, () -> perPattern.forEach(PatternBindings::sweep));
        }
    }

    @Override
    public boolean available(Rule rule) {
        return served.available(rule);
    }

    @Override
    public void bind(Rule rule, TopicPattern pattern, Consumer<BindOutcome> settled) {
        PatternBindings bindings = served.bindings(rule);
        if (bindings == null) {
            settled.accept(BindOutcome.BOUND);
        } else {
            bindings.bind(pattern, settled);
        }
    }

    @Override
    public void unbind(Rule rule, TopicPattern pattern) {
        PatternBindings bindings = served.bindings(rule);
        if (bindings != null) {
            bindings.unbind(pattern);
        }
    }

    @Override
    public void publish(Publication publication, Consumer<PublishOutcome> settled) {
        publisher.publish(
                publication, null, served.publishable(publication.route().rule()), settled);
    }

    @Override
    public History history(Rule rule) {
        return served.history(rule);
    }

    @Override
    public WorkQueue work(Rule rule, int credit, WorkQueue.Sink sink) {
        return served.work(rule, credit, sink);
    }

    @Override
    public void request(Publication publication, long timeoutMillis, Consumer<RequestOutcome> settled) {
        requests.request(publication, served.publishable(publication.route().rule()), timeoutMillis, settled);
    }

    @Override
    public BrokerState state() {
        String wrong = reason;
        if (wrong == null) {
            wrong = served.problem();
            wrong = wrong == null ? requests.problem() : wrong;
            ControlQueue queue = control;
            wrong = wrong == null && queue != null ? queue.problem() : wrong;
        }
        return new BrokerState(up, publisher.blocked(), wrong, reconnects.get(), publisher.unconfirmed());
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        EventPublisher publishing = events;
        if (publishing != null) {
            publishing.close();
        }
        publisher.close(settings.timing().close());
        thread.end();
        threads.commands().awaitIdle(ACKS_END);
        consume.close();
        publish.close();
        requests.detach();
        // Nothing is delivered after the close.
        served.onConnectionLost();
        threads.close(THREADS_END);
        up = false;
        reason = "Closed.";
    }

    private @Nullable Feed feed(Rule rule, Intake intake, DeliverySink sink) {
        if (rule.subscribable() && rule.source() instanceof Rule.Live live) {
            int prefetch = settings.limits().prefetch();
            PatternBindings bindings = live.perPattern()
                    ? new PatternBindings(
                            rule.name(), live.exchange(), settings.timing().linger(), thread)
                    : null;
            return new LiveFeed(
                    rule, live, intake, sink, threads.commands(), prefetch, bindings, marks, this::onFeedLost);
        }
        if (rule.subscribable() && rule.source() instanceof Rule.Resumable resumable) {
            return new StreamFeed(
                    rule, resumable, intake, sink, markers, threads, settings, this::onFeedLost, new Progress());
        }
        if (rule.subscribable() && rule.source() instanceof Rule.Work work) {
            return new WorkFeed(rule, work, intake, threads.commands(), this::onFeedLost);
        }
        return null;
    }

    /** Looks at every rule. */
    private void check() {
        look((topology, connection) -> {
            served.check(topology, connection);
            requests.attach(connection);
            ControlQueue queue = control;
            if (queue != null) {
                queue.check(connection, topology);
            }
            checked = true;
            checkAgainSoon();
        });
    }

    /** A look at the broker that may end in the middle: a connection that dies meanwhile is told by its link. */
    private void look(Look look) {
        Connection connection = consume.connection();
        if (connection == null) {
            return;
        }
        try (Topology topology = new Topology(connection)) {
            look.at(topology, connection);
            upIfSo();
        } catch (IOException gone) {
            LOG.debug("a check of the rules: {}", gone.getMessage());
        }
    }

    /** A broker that has just started takes connections before all its queues stand. */
    private void checkAgainSoon() {
        boolean starting = System.nanoTime() - openedNanos < STARTING_NANOS;
        if (starting && !checksAgain && served.refused()) {
            checksAgain = true;
            thread.runIn(CHECK_AGAIN_NANOS, () -> {
                checksAgain = false;
                check();
            });
        }
    }

    /** The queue for replies, or that of {@code amqp.control}. */
    private void onOwnQueueLost() {
        thread.run(() -> thread.runIn(
                ownQueues.allows() ? 0 : settings.timing().reattach().toNanos(), this::check));
    }

    private void upIfSo() {
        if (up || !checked || !consume.open() || !publish.open()) {
            return;
        }
        Optional<ServedRule> settling = served.settling();
        if (settling.isPresent()) {
            reason = Objects.requireNonNullElse(settling.get().problem(), "The newest of a history is being read.");
            return;
        }
        up = true;
        reason = null;
        if (wasUp) {
            reconnects.incrementAndGet();
            settings.metrics().reconnected();
        }
        wasUp = true;
        // At the first attempt it is as it should be, and no news.
        LOG.atLevel(told ? Level.INFO : Level.DEBUG)
                .log("connected: consumes from {}, publishes to {}", consume.address(), publish.address());
        tell(BrokerListener::up);
    }

    private void down(String why) {
        up = false;
        if (!why.equals(reason)) {
            reason = why;
            told = true;
            tell(to -> to.down(why));
        }
    }

    private void tell(Consumer<BrokerListener> event) {
        if (listener != null) {
            event.accept(listener);
        }
    }

    private void onFeedLost(Feed feed, String why) {
        thread.run(() -> served.owner(feed, one -> {
            boolean now = one.onFeedLost(why);
            thread.runIn(now ? 0 : settings.timing().reattach().toNanos(), () -> look(one::check));
        }));
    }

    @FunctionalInterface
    private interface Look {
        void at(Topology topology, Connection connection) throws IOException;
    }

    /** What feeds tell that read before they serve. */
    private final class Progress implements Feed.Progress {
        @Override
        public void serves(Feed feed, Runnable told) {
            thread.run(() -> {
                served.owner(feed, ServedRule::onServing);
                told.run();
                upIfSo();
            });
        }

        @Override
        public void waits(Feed feed, String why) {
            thread.run(() -> {
                served.owner(feed, one -> one.onWaiting(why));
                upIfSo();
            });
        }
    }

    /** What the two links tell. */
    private final class Links implements Link.Owner {
        @Override
        public void made(Link link, Connection connection) {
            if (link == publish) {
                publisher.watch(connection);
            }
        }

        @Override
        public void opened(Link link, Connection connection) {
            (link == consume ? publish : consume).hurry();
            if (link == consume) {
                String warning = BrokerProduct.of(connection).warning();
                if (warning != null) {
                    LOG.warn("{}", warning);
                }
                openedNanos = System.nanoTime();
                check();
            } else {
                publisher.connected();
                upIfSo();
            }
        }

        @Override
        public void lost(Link link, String why) {
            if (link == consume) {
                checked = false;
                served.onConnectionLost();
                requests.detach();
            } else {
                onBlocked(false, "the connection was lost");
            }
            down(why);
        }

        @Override
        public void notConnected(Link link, String why) {
            down(why);
        }
    }

    private void onBlocked(boolean blocked, String why) {
        if (publisher.blocked(blocked)) {
            LOG.warn("the broker: {}", blocked ? Rehearsal.blockedProblem(why) : "it accepts publishes again: " + why);
            thread.run(() -> tell(to -> to.blocked(blocked, why)));
        }
    }

    /** What the publisher tells, on threads of the client. */
    private final class Publishing implements Publisher.Events {
        @Override
        public void blocked(boolean blocked, String why) {
            onBlocked(blocked, why);
        }

        @Override
        public void refused(String exchange, boolean missing, String why) {
            thread.run(() -> {
                if (missing) {
                    check();
                } else {
                    served.onPublishRefused(exchange, why);
                }
            });
        }
    }
}
