package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;

/** Takes what feeds bring, on threads of the bridge; calls for one rule never overlap. Must not block. */
public interface DeliverySink {

    /** One message, in the order of its feed. */
    void deliver(Delivery delivery);

    /** Continuity of the rule is restored after a hole: what follows misses nothing. {@code missed} is -1 where it is not known. */
    void gap(Rule rule, Hole hole, long missed);

    /** One message on {@code topic} is not delivered, as its body is larger than may be. Told in its place among the deliveries. */
    void tooLarge(Rule rule, String topic);

    /** As {@link #tooLarge(Rule, String)} on a resumable rule: {@code position} is where the message stands. */
    default void tooLarge(Rule rule, String topic, Position position) {
        tooLarge(rule, topic);
    }

    /** Why messages of a feed were lost. */
    enum Hole {
        /** The broker was away, or its objects were. */
        BROKER,
        /** The feed's queue overflowed because this node was too slow. */
        SLOW,
        /** The history no longer holds what was missed. */
        HISTORY
    }
}
