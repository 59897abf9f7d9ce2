package io.sluice.gateway.fanout;

/**
 * A session that reads more slowly than it is written to.
 *
 * @param id its name
 * @param bytes that wait for it, in the gateway and unsent in its channel
 * @param ageNanos how long the oldest message has waited; 0 where only the channel holds something
 */
public record SlowSession(String id, long bytes, long ageNanos) {}
