package io.sluice.bridge;

/**
 * One subscription to a work rule: a consumer of its queue, with the client's credit as prefetch. Any thread; never blocks. It ends with
 * {@link #close}, or when {@link Sink#ended} was called.
 */
public interface WorkQueue extends AutoCloseable {

    /** The message is done. Without effect for a tag that is not out: never an error of the channel. */
    void ack(long tag);

    /** The message is not done. {@code requeue}: it goes back to the queue, else it is the queue's to dead-letter or drop. */
    void nack(long tag, boolean requeue);

    /** Another number of messages that may be out at once; those that are out go back to the queue. */
    void credit(int credit);

    /** No more messages; those that are out go back to the queue. */
    @Override
    void close();

    /** Takes what the queue gives to one subscription, on threads of the bridge, in order. Must not block. */
    interface Sink {

        /**
         * One message, out until it is acked or nacked.
         *
         * @param tag of this subscription alone, and never given twice to it
         */
        void deliver(Delivery delivery, long tag, boolean redelivered);

        /** The tag is out no more: it ran into {@code ackTimeout}, or its connection was lost, and is in the queue again. */
        void returned(long tag);

        /** A message was larger than may be delivered and was nacked without requeue. */
        void tooLarge(String topic);

        /** The broker has ended it: the queue is deleted. The rule's own return after an outage is not told: consuming goes on. */
        void ended(String reason);
    }
}
