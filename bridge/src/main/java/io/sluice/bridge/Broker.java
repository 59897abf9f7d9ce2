package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import java.util.function.Consumer;

/**
 * The port through which the gateway sees AMQP. Every method may be called from any thread, returns at once and never blocks; what
 * comes back arrives on threads of the bridge.
 */
public interface Broker extends AutoCloseable {

    /** Begins to connect, and keeps trying until {@link #close}. Events go to {@code listener}, deliveries to {@code sink}. Once. */
    void start(BrokerListener listener, DeliverySink sink);

    /** Whether messages of {@code rule} flow at this moment: its broker is connected, its exchange and its feed exist. */
    boolean available(Rule rule);

    /**
     * Has {@code pattern} bound, on a rule that is bound per pattern, until {@link #unbind} was called as often as this with the outcome
     * {@link BindOutcome#BOUND}; also across outages. On any other rule everything is bound already. {@code settled} is called exactly
     * once, on a thread of the bridge or, where the pattern is bound already, on the caller's.
     */
    default void bind(Rule rule, TopicPattern pattern, Consumer<BindOutcome> settled) {
        settled.accept(BindOutcome.BOUND);
    }

    /** Takes one {@link #bind} back. A pattern that nobody wants any more stays bound for a while. */
    default void unbind(Rule rule, TopicPattern pattern) {}

    /**
     * Publishes with a confirm. {@code settled} is called exactly once, on a thread of the bridge or, for what is refused at once, on
     * the caller's. Publications with the same {@link Publication#lane} keep their order.
     */
    void publish(Publication publication, Consumer<PublishOutcome> settled);

    /** What a resumable rule remembers. */
    History history(Rule rule);

    /**
     * Consumes from the queue of a work rule, from now on and across outages.
     *
     * @param credit messages that may be out at once, 1 to 1000
     * @throws IllegalArgumentException no queue stands behind the rule, or nobody may subscribe to it
     */
    WorkQueue work(Rule rule, int credit, WorkQueue.Sink sink);

    /**
     * Publishes with {@code reply-to} and {@code correlation-id}, and waits for the answer of a back end. {@code settled} is called
     * exactly once, as for {@link #publish}. A request waits at most once: a reply is never stored.
     *
     * @param timeoutMillis 1 to 60,000
     */
    void request(Publication publication, long timeoutMillis, Consumer<RequestOutcome> settled);

    /** What is known of the connections now. */
    BrokerState state();

    /** Settles what is unconfirmed (waiting a bounded while), then closes the connections. Blocks; not for an event loop. */
    @Override
    void close();
}
