package io.sluice.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.sluice.bridge.BrokerState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Everything the gateway counts, under the names of the contract: {@code sluice.messages.received} is scraped as
 * {@code sluice_messages_received_total}. Label values come from fixed sets or from the configuration, never from clients. Any thread.
 */
public final class Meters {

    /** 100 µs to 10 s: what a delivery, a confirm or a lagging loop can take. */
    private static final Duration[] LATENCIES = {
        Duration.ofNanos(100_000),
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10)
    };

    private final MeterRegistry registry;
    private final List<RuleMeters> rules;
    private final Timer confirm;
    private final Timer loopLag;
    private final Counter repliesDropped;
    private final Counter eventsDropped;
    private final Map<List<String>, Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> connections = new ConcurrentHashMap<>();
    private final LongAdder outboundBytes = new LongAdder();

    /** @param ruleNames one for each topic rule, by its index */
    public Meters(MeterRegistry registry, List<String> ruleNames) {
        this.registry = registry;
        Timer delivery =
                timer("sluice.delivery", "From receipt from AMQP to the write to the sockets of an event loop");
        Timer sincePublished = timer(
                "sluice.publish.to.delivery",
                "From the time that a message says it was published at to the write to the sockets of an event loop");
        confirm = timer("sluice.publish.confirm", "From the gateway's publish to the broker's confirm");
        loopLag = timer("sluice.event.loop.lag", "How late an event loop runs what is due");
        repliesDropped = Counter.builder("sluice.replies.dropped")
                .description("Replies that came too late, to a session that is gone, or that nobody had asked for")
                .register(registry);
        eventsDropped = Counter.builder("sluice.events.dropped")
                .description("Events for back ends that were not published")
                .register(registry);
        List<RuleMeters> made = new ArrayList<>();
        for (String name : ruleNames) {
            made.add(new RuleMeters(registry, name, delivery, sincePublished));
        }
        rules = List.copyOf(made);
        registry.gauge("sluice.outbound.bytes", outboundBytes, LongAdder::sum);
    }

    public MeterRegistry registry() {
        return registry;
    }

    /** The meters of the rule with this {@code index}. */
    public RuleMeters rule(int index) {
        return rules.get(index);
    }

    /** A handshake ended: {@code accepted}, or the HTTP status of its refusal. */
    public void handshake(String result) {
        counter("sluice.handshakes", "Opening handshakes by result", "result", result);
    }

    /** A session came ({@code +1}) or went ({@code -1}). */
    public void connections(String transport, String protocol, int change) {
        connections
                .computeIfAbsent(transport + ' ' + protocol, key -> {
                    LongAdder open = new LongAdder();
                    registry.gauge(
                            "sluice.connections",
                            List.of(Tag.of("transport", transport), Tag.of("protocol", protocol)),
                            open,
                            LongAdder::sum);
                    return open;
                })
                .add(change);
    }

    /** A WebSocket was closed; codes that no specification or page of ours names are counted as {@code other}. */
    public void closed(int code) {
        boolean known = (code >= 1000 && code <= 1015) || code == 4401 || code == 4403 || code == 4429;
        counter("sluice.closes", "WebSockets closed by close code", "code", known ? Integer.toString(code) : "other");
    }

    /** What a peer sent broke RFC 6455 or a limit; {@code violation} is its stable id. */
    public void frameRejected(String violation) {
        counter("sluice.frames.rejected", "Frames refused by violation", "violation", violation);
    }

    /** A token, or the lack of one, was refused. */
    public void authFailure(String reason) {
        counter("sluice.auth.failures", "Failed authentications by reason", "reason", reason);
    }

    /** A control message came: {@code disconnect}, or {@code refused}. */
    public void control(String result) {
        counter("sluice.control.messages", "Messages of the control exchange by outcome", "result", result);
    }

    /** An event for back ends could not be published. */
    public void eventDropped() {
        eventsDropped.increment();
    }

    /** A session lost what waited for it, or was closed, for {@code reason} though it was within its own bytes. */
    public void shed(Enum<?> reason) {
        counter("sluice.outbound.sheds", "Slow sessions that were shed by reason", "reason", Labels.of(reason));
    }

    /** Bytes that wait for all slow sessions together, each message once. */
    public void outboundHeld(Supplier<Number> bytes) {
        Gauge.builder("sluice.outbound.held.bytes", bytes)
                .description("Bytes that wait for slow sessions, a message once however many it waits for")
                .register(registry);
    }

    /** The keys of {@code issuer}, which is configured, were fetched: {@code ok} or {@code failed}. */
    public void keyFetch(String issuer, String result) {
        counter("sluice.jwks.fetches", "Fetches of an issuer's keys by outcome", "issuer", issuer, "result", result);
    }

    /** The authentication hook was asked: {@code ok} or {@code failed}. */
    public void hook(String result) {
        counter("sluice.hook.requests", "Questions to the authentication hook by outcome", "result", result);
    }

    /** A connection could not be accepted: too few file descriptors, mostly. */
    public void acceptFailure() {
        count(List.of("sluice.accept.failures"), "sluice.accept.failures", "Connections not accepted", Tags.empty());
    }

    /** Files that the configuration names, or it itself, were read anew: {@code ok} or {@code failed}. */
    public void reload(String what, String result) {
        counter("sluice.reloads", "Files read anew by outcome", "what", what, "result", result);
    }

    /** When the certificates of {@code listener}, named as configured, are no longer good; read when it is scraped. */
    public void certificateExpiry(String listener, Supplier<Instant> expires) {
        Gauge.builder(
                        "sluice.certificate.expiry",
                        expires,
                        it -> Duration.between(Instant.now(), it.get()).toMillis() / 1e3)
                .description("Time until the first certificate of a listener expires; negative when it has")
                .baseUnit("seconds")
                .tag("listener", listener)
                .strongReference(true)
                .register(registry);
    }

    /** A session read too slowly, and its rule's {@code policy} struck. */
    public void slowSession(Enum<?> policy) {
        counter("sluice.slow.sessions", "Times an overflow policy struck", "policy", Labels.of(policy));
    }

    /** A client's publish ended with {@code result}. */
    public void published(String rule, String result) {
        outcome("sluice.publishes", "Publishes of clients by outcome", rule, result);
    }

    /** A client's request ended with {@code result}. */
    public void requested(String rule, String result) {
        outcome("sluice.requests", "Requests of clients by outcome", rule, result);
    }

    /** A reply came that nobody waits for, or no longer. */
    public void replyDropped() {
        repliesDropped.increment();
    }

    public void confirmed(long nanos) {
        confirm.record(Duration.ofNanos(nanos));
    }

    public void loopLag(long nanos) {
        loopLag.record(Duration.ofNanos(nanos));
    }

    /** Bytes that wait for sessions changed by {@code change}. */
    public void outbound(long change) {
        outboundBytes.add(change);
    }

    /** The state of the broker, read when it is scraped. */
    public void broker(Supplier<BrokerState> state) {
        gauge("sluice.broker.connected", "1 while the broker is connected", state, it -> it.connected() ? 1 : 0);
        gauge("sluice.broker.blocked", "1 while the broker accepts no publishes", state, it -> it.blocked() ? 1 : 0);
        gauge("sluice.publishes.unconfirmed", "Publishes sent and not settled", state, BrokerState::unconfirmed);
        FunctionCounter.builder(
                        "sluice.broker.reconnects", state, it -> it.get().reconnects())
                .description("Connections to the broker made after the first")
                .register(registry);
    }

    /** Whether messages of the rule {@code name} flow, read when it is scraped. */
    public void available(String name, BooleanSupplier available) {
        Gauge.builder("sluice.rule.available", available, it -> it.getAsBoolean() ? 1 : 0)
                .description("1 while the rule's exchange, queue or stream is there and is served")
                .tag("rule", name)
                .strongReference(true)
                .register(registry);
    }

    /** How many connections the node takes, read when it is scraped. */
    public void connectionLimit(IntSupplier limit) {
        Gauge.builder("sluice.connections.limit", limit, IntSupplier::getAsInt)
                .description("limits.connections: connections over it are refused with 503")
                .strongReference(true)
                .register(registry);
    }

    private void gauge(
            String name, String description, Supplier<BrokerState> state, ToDoubleFunction<BrokerState> value) {
        Gauge.builder(name, state, it -> value.applyAsDouble(it.get()))
                .description(description)
                .strongReference(true)
                .register(registry);
    }

    private void outcome(String name, String description, String rule, String result) {
        List<String> key = List.of(name, rule, result);
        Counter counter = counters.get(key);
        if (counter == null) {
            counter = counters.computeIfAbsent(
                    key,
                    missing -> Counter.builder(name)
                            .description(description)
                            .tag("rule", rule)
                            .tag("result", result)
                            .register(registry));
        }
        counter.increment();
    }

    private void counter(String name, String description, String label, String value) {
        count(List.of(name, value), name, description, Tags.of(label, value));
    }

    private void counter(String name, String description, String label, String value, String label2, String value2) {
        count(List.of(name, value, value2), name, description, Tags.of(label, value, label2, value2));
    }

    private void count(List<String> key, String name, String description, Tags tags) {
        Counter counter = counters.get(key);
        if (counter == null) {
            counter = counters.computeIfAbsent(
                    key,
                    missing -> Counter.builder(name)
                            .description(description)
                            .tags(tags)
                            .register(registry));
        }
        counter.increment();
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(LATENCIES)
                .register(registry);
    }
}
