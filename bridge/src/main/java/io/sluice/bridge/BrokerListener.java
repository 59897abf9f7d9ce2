package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;

/** Told of what happens to the broker, on one thread of the bridge, in order. Must not block. */
public interface BrokerListener {

    /** Both connections are open and the rules have been checked and bound. */
    void up();

    /**
     * A connection is lost or could not be made; again with each new reason. Where it was the one that consumes, every rule is
     * unavailable from now on, without being told one by one; those that serve again are told before {@link #up}.
     */
    void down(String reason);

    /** The broker has stopped ({@code true}) or resumed accepting publishes. */
    void blocked(boolean blocked, String reason);

    /** The rule serves messages from now on: what is published after this reaches the sink. Comes before the rule's gap. */
    void ruleAvailable(Rule rule);

    /** The rule serves nothing until it is available again. {@code reason} names what is missing and what to do. */
    void ruleUnavailable(Rule rule, String reason);
}
