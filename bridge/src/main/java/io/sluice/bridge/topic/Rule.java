package io.sluice.bridge.topic;

import java.time.Duration;
import java.util.Set;

/**
 * One entry of {@code topics:}: which topics it covers, and what stands behind them in AMQP.
 *
 * @param index its place in the configuration, from 0: the first rule that matches decides
 * @param declare whether the gateway may declare the exchange or the work queue itself
 * @param subscribable whether some grant allows {@code subscribe} on it; without one no feed exists
 * @param persistent whether publishes have delivery mode 2
 * @param headers names of the AMQP headers let through to clients
 */
public record Rule(
        int index,
        TopicPattern match,
        Source source,
        boolean declare,
        boolean subscribable,
        boolean persistent,
        Set<String> headers) {

    /** What stands behind a rule. */
    public sealed interface Source permits Live, Resumable, Work {}

    /**
     * Every message, at most once.
     *
     * @param queueLength messages that the node's queue may hold before the oldest are dropped
     * @param perPattern whether the queue is bound with the patterns that somebody subscribes to; else once, with the rule's own
     */
    public record Live(String exchange, int queueLength, boolean perPattern) implements Source {

        /** Bound once. */
        public Live(String exchange, int queueLength) {
            this(exchange, queueLength, false);
        }
    }

    /** Every message in order, from a position. Sizes in bytes. */
    public record Resumable(
            String exchange,
            String stream,
            Duration maxAge,
            long maxBytes,
            long segmentBytes,
            long windowBytes,
            int windowMessages,
            int catchUpReaders)
            implements Source {}

    /** Each message to one session, which acks it. */
    public record Work(String queue, Duration ackTimeout) implements Source {}

    /** Whether a subscription to it has to be bound first ({@link io.sluice.bridge.Broker#bind}). */
    public boolean boundPerPattern() {
        return source instanceof Live live && live.perPattern();
    }

    /** The name of this rule in metrics and logs: its pattern as configured. */
    public String name() {
        return match.toString();
    }
}
