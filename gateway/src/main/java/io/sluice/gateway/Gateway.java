package io.sluice.gateway;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.sluice.bridge.Broker;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.History;
import io.sluice.bridge.amqp.AmqpBroker;
import io.sluice.bridge.topic.TopicRules;
import io.sluice.gateway.admin.AccessLog;
import io.sluice.gateway.admin.AdminApi;
import io.sluice.gateway.admin.ControlMessages;
import io.sluice.gateway.admin.Disconnects;
import io.sluice.gateway.admin.RunningNode;
import io.sluice.gateway.admin.SessionEvents;
import io.sluice.gateway.admin.Taps;
import io.sluice.gateway.admin.TopicRates;
import io.sluice.gateway.admission.Admission;
import io.sluice.gateway.admission.Origins;
import io.sluice.gateway.admission.PrincipalCounts;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.Configuration.Traces;
import io.sluice.gateway.config.Tls;
import io.sluice.gateway.fanout.Encoding;
import io.sluice.gateway.fanout.Hub;
import io.sluice.gateway.fanout.OutboundBudget;
import io.sluice.gateway.fanout.Shard;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.metrics.RuntimeMeters;
import io.sluice.gateway.operations.Health;
import io.sluice.gateway.operations.OperationsPaths;
import io.sluice.gateway.operations.OperationsServer;
import io.sluice.gateway.policy.Grants;
import io.sluice.gateway.policy.Rules;
import io.sluice.gateway.server.Listeners;
import io.sluice.gateway.server.LoopLag;
import io.sluice.gateway.server.Overload;
import io.sluice.gateway.server.PublicServer;
import io.sluice.gateway.server.StaticResources;
import io.sluice.gateway.server.Transport;
import io.sluice.gateway.session.PublishKeys;
import io.sluice.gateway.session.Session;
import io.sluice.gateway.session.SessionContext;
import io.sluice.gateway.session.SessionListener;
import io.sluice.gateway.session.Sessions;
import io.sluice.gateway.tls.FileWatch;
import io.sluice.gateway.tracing.Tracing;
import io.sluice.protocol.subprotocol.json.NativeJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One running node: everything joined, from the broker to the ports. */
public final class Gateway implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);

    private static final long SHUTDOWN_MILLIS = 5000;

    /** Twice this, and a file that has changed is taken up. */
    private static final Duration LOOK_AT_FILES = Duration.ofSeconds(2);

    private final AtomicReference<Configuration> current;
    private final Transport transport = Transport.best();
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final EventLoopGroup acceptors = transport.eventLoops("sluice-accept", 1);
    private final EventLoopGroup workers;
    private final Listeners listeners;
    private final Listeners operations;
    private final Meters meters;
    private final Overload overload;
    private final Admission admission;
    private final TopicRules rules;
    private final Grants grants;
    private final Sessions sessions;
    private final @Nullable Tracing tracing;
    private final Broker broker;
    private final AmqpBroker amqp;
    private final OutboundBudget budget;
    private final BrokerEvents events;
    private final Health health;
    private final Hub hub;
    private final PublicServer publicServer;
    private final Drain drain;
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final List<@Nullable ListeningTls> certificates = new ArrayList<>();
    private final FileWatch files = new FileWatch(LOOK_AT_FILES);
    private InetSocketAddress operationsAddress = new InetSocketAddress(0);
    private volatile Runnable whenAskedToDrain = this::drainLater;
    private boolean closed;

    private Gateway(Configuration configuration, Origins origins, StaticResources resources) throws IOException {
        current = new AtomicReference<>(configuration);
        grants = new Grants(configuration.permissions());
        rules = Rules.of(configuration);
        meters = new Meters(
                registry, rules.rules().stream().map(rule -> rule.name()).toList());
        RuntimeMeters.register(registry);
        listeners = new Listeners(transport, acceptors, meters);
        operations = new Listeners(transport, acceptors, meters);
        overload = new Overload(configuration.limits().eventLoopLag());
        admission = new Admission(origins, configuration, meters);
        workers = transport.eventLoops(
                "sluice-loop", Math.max(1, Runtime.getRuntime().availableProcessors()));
        amqp = Bridge.of(configuration, rules, new BridgeMeters(meters));
        Traces traces = configuration.operations().traces();
        tracing = traces == null ? null : Tracing.to(traces.endpoint(), traces.samplePercent());
        broker = tracing == null ? amqp : tracing.around(amqp);
        Function<Delivery, @Nullable Runnable> spans = tracing == null ? delivery -> null : tracing::delivering;
        if (tracing != null) {
            amqp.traced();
        }
        IntFunction<History> histories = rule -> amqp.history(rules.rules().get(rule));
        budget = new OutboundBudget(configuration.limits().nodeOutboundBytes());
        List<Shard> shards = shards(histories);
        sessions = new Sessions(shards);
        sessions.listener(listener());
        if (!configuration.amqp().control().isEmpty()) {
            amqp.control(configuration.amqp().control(), new ControlMessages(new Disconnects(sessions), meters));
        }
        events = new BrokerEvents(sessions);
        hub = new Hub(configuration.topics(), shards, histories, meters, spans);
        shards.forEach(shard -> shard.listener(ended -> broker.unbind(ended.rule(), ended.pattern())));
        health = new Health(broker::state);
        drain = new Drain(health, listeners, sessions);
        meters.broker(broker::state);
        meters.connectionLimit(() -> configuration().limits().connections());
        rules.rules().forEach(rule -> meters.available(rule.name(), () -> broker.available(rule)));
        SessionContext context = new SessionContext(
                current,
                rules,
                grants,
                admission,
                new PrincipalCounts(configuration.limits().connectionsPerPrincipal()),
                broker,
                spans,
                new PublishKeys(),
                sessions,
                meters);
        publicServer =
                new PublicServer(context, List.of(Encoding.plain(new NativeJson())), health, overload, resources);
    }

    /**
     * Starts a node. It listens when this returns; the broker may come later.
     *
     * @throws IOException with a sentence that says what to do, if a port cannot be bound or a certificate cannot be read
     */
    public static Gateway start(Configuration configuration) throws IOException {
        return start(configuration, Origins.of(configuration), StaticResources.NONE);
    }

    /** As {@link #start(Configuration)}, with other origins and with pages to serve. */
    static Gateway start(Configuration configuration, Origins origins, StaticResources resources) throws IOException {
        Gateway gateway = new Gateway(configuration, origins, resources);
        try {
            gateway.listen();
            return gateway;
        } catch (IOException | RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    /**
     * Tells the log what this node is. Blocks until the broker has had the first word, so that a stranger reads what is wrong with it on
     * the first line.
     */
    void introduce() throws InterruptedException {
        events.awaitFirstWord();
        if (broker.state().connected()) {
            Bridge.tellAlarm(configuration());
        }
        transport.tellLack();
        rules.overlaps().forEach(overlap -> LOG.info("{}", overlap));
        LOG.info("listening: {}", readyLine().substring(ReadyLine.READY.length()));
        publicServer.tellShortage();
    }

    /** Blocks until the broker has been there once and sessions can be served. */
    public void awaitReady() throws InterruptedException {
        events.awaitFirstUp();
    }

    /** As {@link ReadyLine} has it, with the ports that were bound. */
    public String readyLine() {
        return ReadyLine.of(configuration(), addresses, operationsAddress);
    }

    /** As it is in force now. */
    Configuration configuration() {
        return Objects.requireNonNull(current.get());
    }

    Meters meters() {
        return meters;
    }

    /** What finds out that a file has changed. */
    FileWatch files() {
        return files;
    }

    /**
     * Takes what can change while it runs: origins, authentication, permissions, certificates, limits, proxies and how it drains. The
     * connections that stand stay; what they are no longer granted ends, and is told. Blocks on the disk.
     *
     * @throws IOException with a sentence, where a key cannot be used; then nothing has changed
     */
    void apply(Configuration next) throws IOException {
        admission.apply(Origins.of(next), next);
        current.set(next.appliedTo(configuration()));
        publicServer.apply(next);
        amqp.deliveryBytes(Math.toIntExact(next.limits().deliveryBytes()));
        budget.limit(next.limits().nodeOutboundBytes());
        for (int i = 0; i < certificates.size(); i++) {
            ListeningTls tls = certificates.get(i);
            if (tls != null) {
                tls.server().handshakeTimeout(next.limits().handshakeTimeout());
                Tls other =
                        i < next.listeners().size() ? next.listeners().get(i).tls() : null;
                if (other != null) {
                    tls.configured(other);
                }
            }
        }
        grants.replace(next.permissions());
        sessions.forEach(Session::reconfigured);
    }

    /** The address of each listener, in the order of the configuration. */
    public List<InetSocketAddress> addresses() {
        return List.copyOf(addresses);
    }

    public InetSocketAddress operationsAddress() {
        return operationsAddress;
    }

    /** Sends the sessions away over the configured window, and closes. Blocks. */
    public void drain() {
        Configuration.Drain how = configuration().drain();
        LOG.info("draining {} sessions over {}", sessions.count(), how.window());
        try {
            drain.run(how.delay(), how.window(), configuration().websocket().closeTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close();
    }

    /** A drain that is under way, or comes, waits for nobody. Any thread. */
    void hurry() {
        drain.hurry();
    }

    /** What an operator's wish to drain begins, in place of a drain within this process. */
    void whenAskedToDrain(Runnable action) {
        whenAskedToDrain = action;
    }

    private void drainLater() {
        new Thread(this::drain, "sluice-drain").start();
    }

    /**
     * Closes at once: the ports, then the broker (unconfirmed publishes are settled), then the connections. Blocks. Any thread, and as
     * often as one likes: a drain ends with it, whoever else may be closing.
     */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        files.close();
        listeners.close();
        admission.close();
        broker.close();
        operations.close();
        shutDown(workers);
        shutDown(acceptors);
        if (tracing != null) {
            tracing.close();
        }
        registry.close();
    }

    private static void shutDown(EventLoopGroup group) {
        group.shutdownGracefully(0, SHUTDOWN_MILLIS, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    }

    private List<Shard> shards(IntFunction<History> histories) {
        Configuration configuration = configuration();
        meters.outboundHeld(budget::held);
        List<Shard> shards = new ArrayList<>();
        for (EventExecutor executor : workers) {
            EventLoop loop = (EventLoop) executor;
            shards.add(new Shard(
                    loop,
                    configuration.topics(),
                    histories,
                    ByteBufAllocator.DEFAULT,
                    configuration.fanout().maxDelay(),
                    budget,
                    meters));
            LoopLag.measure(loop, meters, overload);
        }
        budget.shards(shards);
        return shards;
    }

    private void listen() throws IOException {
        Configuration configuration = configuration();
        for (Configuration.Listener listener : configuration.listeners()) {
            ListeningTls tls = certificates(listener, configuration.limits().handshakeTimeout());
            addresses.add(listeners.bind(
                    listener.host(),
                    listener.port(),
                    workers,
                    publicServer.initializer(listener, tls == null ? null : tls.server())));
        }
        KeyFiles keys = new KeyFiles(this::configuration, admission, meters);
        files.watch(keys::names, keys::reload);
        DeliverySink sink = hub;
        OperationsPaths admin = OperationsPaths.NONE;
        if (!configuration.operations().adminToken().isEmpty()) {
            TopicRates rates = new TopicRates(hub);
            Taps taps = new Taps(rates);
            sink = taps;
            admin = new AdminApi(
                    configuration.operations().adminToken(), node(), new Disconnects(sessions), rates, taps);
        }
        OperationsServer server = new OperationsServer(health, registry, admin);
        operationsAddress = operations.bind(
                configuration.operations().host(), configuration.operations().port(), acceptors, server::initialize);
        health.started();
        broker.start(events, sink);
    }

    /** Who is told of the sessions. */
    private SessionListener listener() {
        SessionListener listener = SessionListener.NONE;
        if (configuration().operations().accessLog()) {
            listener = listener.and(new AccessLog());
        }
        String events = configuration().amqp().events();
        if (!events.isEmpty()) {
            String node = UUID.randomUUID().toString();
            listener = listener.and(new SessionEvents(amqp.events(events, meters::eventDropped), node));
        }
        return listener;
    }

    private RunningNode node() {
        return new RunningNode(
                sessions, rules, configuration().topics(), broker, meters, events::wrong, () -> whenAskedToDrain.run());
    }

    /** Each listener's own, which are watched; null where it has none. */
    private @Nullable ListeningTls certificates(Configuration.Listener listener, Duration handshakeTimeout)
            throws IOException {
        ListeningTls tls =
                listener.tls() == null ? null : new ListeningTls(listener, listener.tls(), handshakeTimeout, meters);
        certificates.add(tls);
        if (tls != null) {
            meters.certificateExpiry(listener.name(), tls.server()::expires);
            files.watch(tls::files, tls::reload);
        }
        return tls;
    }
}
