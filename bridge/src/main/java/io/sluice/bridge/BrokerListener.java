package io.sluice.bridge;

import io.sluice.bridge.topic.Rule;

/** Told of what happens to the broker, on one thread of the bridge, in order. Must not block. */
public interface BrokerListener {

    /** Both connections are open and the rules have been checked and bound. */
    void up();

    /** The connection is lost or could not be made. */
    void down(String reason);

    /** The broker has stopped ({@code true}) or resumed accepting publishes. */
    void blocked(boolean blocked, String reason);

    /** The rule serves messages from now on. */
    void ruleAvailable(Rule rule);

    /** The rule serves nothing until it is available again. {@code reason} names what is missing and what to do. */
    void ruleUnavailable(Rule rule, String reason);
}
