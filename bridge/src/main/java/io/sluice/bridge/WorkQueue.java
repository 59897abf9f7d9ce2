package io.sluice.bridge;

/**
 * One subscription to a work rule: a consumer of its queue, with the client's credit as prefetch (AMQP 0-9-1, basic.qos; RabbitMQ counts
 * it per consumer). It outlives the connection: while the rule is unavailable nothing comes, and then consuming goes on. It ends with
 * {@link #close}, or when {@link Sink#ended} was called. Any thread; never blocks.
 *
 * <p>Delivery is at least once: a message that is not acked when its consumer ends, for whatever reason, is given to somebody again, with
 * {@code redelivered}. For another credit, close it and open another.
 */
public interface WorkQueue extends AutoCloseable {

    /** The message is done. Without effect for a tag that is not out: never an error of the channel. */
    void ack(long tag);

    /**
     * The message is not done. Without effect for a tag that is not out.
     *
     * @param requeue it goes back to its place in the queue; else it is the queue's to dead-letter or drop
     */
    void nack(long tag, boolean requeue);

    /** No more messages; those that are out go back to the queue. What was asked before, an ack for instance, is still done. */
    @Override
    void close();

    /**
     * Takes what the queue gives to one subscription, on threads of the bridge, one call at a time and in order. Must not block. A call
     * that was under way when the subscription was closed may still come; its message is in the queue again.
     */
    interface Sink {

        /**
         * One message, out until it is acked or nacked, or told as {@link #returned}.
         *
         * @param redelivered whether somebody may have had it before
         * @return the tag by which it is acked: the sink's own, and never the same twice
         */
        long deliver(Delivery delivery, boolean redelivered);

        /** The tag is out no more: it ran into the rule's {@code ackTimeout}, or its channel was lost; its message is in the queue again. */
        void returned(long tag);

        /** A message was larger than may be delivered and was nacked without requeue. */
        void tooLarge(String topic);

        /** The queue was deleted: nothing more comes, and what was out is gone. */
        void ended(String reason);
    }
}
