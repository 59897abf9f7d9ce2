package io.sluice.bridge;

import org.jspecify.annotations.Nullable;

/**
 * What is known of the broker at one moment.
 *
 * @param connected both connections are open and every rule that can be served is served
 * @param blocked the broker has stopped accepting publishes (an alarm)
 * @param reason what is wrong, with what to do; null where nothing is
 * @param reconnects times that both connections stood again after one had been lost
 * @param unconfirmed publications taken and not yet settled
 */
public record BrokerState(
        boolean connected, boolean blocked, @Nullable String reason, long reconnects, int unconfirmed) {}
