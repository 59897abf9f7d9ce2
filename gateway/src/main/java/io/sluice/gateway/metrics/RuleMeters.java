package io.sluice.gateway.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What is counted for one topic rule. Any thread. */
public final class RuleMeters {

    /** Why a message did not reach a session. */
    public enum DropReason {
        /** The session read too slowly, and its rule drops or conflates, or it was disconnected. */
        SLOW,
        /** An event loop could not keep up with the rule's feed. */
        BACKLOG,
        /** The body was over {@code limits.deliveryBytes}. */
        TOO_LARGE,
        /** A rule above owns the topic. */
        OTHER_RULE,
        /** It could not be read as a message. */
        BROKEN
    }

    /** What became of a client that came back with a position. */
    public enum Recovery {
        RECOVERED,
        /** It could not be proven that nothing is missing: it is live, and fetches its state anew. */
        UNPROVEN,
        /** The broker did not answer; the client asks again. */
        UNAVAILABLE
    }

    private static final long SAME_HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);

    private final Counter received;
    private final Counter delivered;
    private final Counter encoded;
    private final Counter replayed;
    private final Counter reread;
    private final Counter scans;
    private final Counter scanned;
    private final Timer delay;
    private final Timer sincePublished;
    private final Map<DropReason, Counter> dropped = new EnumMap<>(DropReason.class);
    private final Map<Recovery, Counter> recoveries = new EnumMap<>(Recovery.class);
    private final LongAdder subscriptions = new LongAdder();

    RuleMeters(MeterRegistry registry, String rule, Timer delay, Timer sincePublished) {
        received = Counter.builder("sluice.messages.received")
                .description("Messages from AMQP to the gateway")
                .tag("rule", rule)
                .register(registry);
        delivered = Counter.builder("sluice.messages.delivered")
                .description("Messages written to sessions, each session counted")
                .tag("rule", rule)
                .register(registry);
        encoded = Counter.builder("sluice.messages.encoded")
                .description("Messages turned into frames: once for all sessions of a subprotocol")
                .tag("rule", rule)
                .register(registry);
        replayed = Counter.builder("sluice.messages.replayed")
                .description("Of the messages delivered, those read from the history of the rule")
                .tag("rule", rule)
                .register(registry);
        reread = Counter.builder("sluice.messages.reread")
                .description("Messages that an event loop had no room for and read from the history instead")
                .tag("rule", rule)
                .register(registry);
        scans = Counter.builder("sluice.history.scans")
                .description("Scans of the stream, each for all sessions that it comes by")
                .tag("rule", rule)
                .register(registry);
        scanned = Counter.builder("sluice.history.scanned")
                .description("Messages read by scans of the stream, each once for all sessions")
                .tag("rule", rule)
                .register(registry);
        for (DropReason reason : DropReason.values()) {
            Counter counter = Counter.builder("sluice.messages.dropped")
                    .description("Messages that did not reach a session they were for")
                    .tag("rule", rule)
                    .tag("reason", Labels.of(reason))
                    .register(registry);
            dropped.put(reason, counter);
        }
        for (Recovery result : Recovery.values()) {
            Counter counter = Counter.builder("sluice.recoveries")
                    .description("Subscriptions from a position, by whether it was recovered")
                    .tag("rule", rule)
                    .tag("result", Labels.of(result))
                    .register(registry);
            recoveries.put(result, counter);
        }
        registry.gauge("sluice.subscriptions", List.of(Tag.of("rule", rule)), subscriptions, LongAdder::sum);
        this.delay = delay;
        this.sincePublished = sincePublished;
    }

    public void received() {
        received.increment();
    }

    public void encoded() {
        encoded.increment();
    }

    public void delivered(int sessions) {
        delivered.increment(sessions);
    }

    /** Of the delivered, those from the history. */
    public void replayed(int sessions) {
        replayed.increment(sessions);
    }

    /** Messages had no room before an event loop, and are read from the history when it comes to them. */
    public void reread(long messages) {
        reread.increment((double) messages);
    }

    public void scanOpened() {
        scans.increment();
    }

    public void scanned(int messages) {
        scanned.increment(messages);
    }

    public void recovery(Recovery result) {
        Objects.requireNonNull(recoveries.get(result)).increment();
    }

    public void dropped(DropReason reason, long messages) {
        Objects.requireNonNull(dropped.get(reason)).increment((double) messages);
    }

    public void subscribed(int change) {
        subscriptions.add(change);
    }

    /** All that was counted until now, and the subscriptions that there are. */
    public record Totals(long subscriptions, long received, long delivered, long dropped) {}

    public Totals totals() {
        double lost = dropped.values().stream().mapToDouble(Counter::count).sum();
        return new Totals(subscriptions.sum(), (long) received.count(), (long) delivered.count(), (long) lost);
    }

    /** The time of one message from AMQP to the sockets of one event loop. */
    public void delay(long nanos) {
        delay.record(nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * The time of one message from its own word to the sockets of one event loop. Clocks that differ a little make it negative: then it
     * is none. Over {@link #SAME_HOUR_MILLIS} either way it is no latency but something old that is published anew, or no time at all:
     * then nothing is counted.
     */
    public void sincePublished(long millis) {
        if (millis >= -SAME_HOUR_MILLIS && millis <= SAME_HOUR_MILLIS) {
            sincePublished.record(Math.max(0, millis), TimeUnit.MILLISECONDS);
        }
    }
}
