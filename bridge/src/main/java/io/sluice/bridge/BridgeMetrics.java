package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;

/**
 * Told of what happens in the bridge, to be counted. Called on its threads and, for publications refused at once, on the caller's;
 * often at the same time. Must not block, and decides nothing.
 */
public interface BridgeMetrics {

    /** Counts nothing. */
    BridgeMetrics NONE = new BridgeMetrics() {};

    /** A message of the rule's feed arrived from AMQP, whatever becomes of it. */
    default void received(Rule rule) {}

    /** A message that arrived is not delivered. */
    default void dropped(Rule rule, Drop reason) {}

    /** A scan of the rule's stream begins, as somebody reads what the window no longer holds. */
    default void scanOpened(Rule rule) {}

    /** A scan has read so many messages more, whoever's they are. */
    default void scanned(Rule rule, int messages) {}

    /** A publication was settled. */
    default void published(Rule rule, PublishOutcome outcome) {}

    /** The broker answered a publication, with an ack or a nack, {@code nanos} after it was sent. */
    default void confirmed(long nanos) {}

    /** A reply came that nobody waits for: it is late, it is a second one, or its correlation id is no request's. */
    default void replyDropped() {}

    /** The broker is fully connected again after it had been lost. */
    default void reconnected() {}

    /** Why a message that arrived is not delivered. */
    enum Drop {
        /** An earlier rule covers its topic. */
        OTHER_RULE,
        /** Its body is over the limit of deliveries. */
        TOO_LARGE,
        /** It could not be read, or whoever took it failed. */
        BROKEN
    }
}
