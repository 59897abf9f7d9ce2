package io.sluice.gateway.fanout;

/** Told of subscriptions that end, whatever ends them. On the event loop of their shard; must not block. */
public interface SubscriptionListener {

    /** Does nothing. */
    SubscriptionListener NONE = subscription -> {};

    void removed(Subscription subscription);
}
