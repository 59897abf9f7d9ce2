package io.sluice.gateway.fanout;

/**
 * How one session is being served.
 *
 * @param bytes that wait for it, in the gateway and unsent in its socket
 * @param delivered messages handed to its socket
 * @param dropped messages that did not reach it, since it read too slowly
 * @param lagNanos age of the oldest message that waits for it; 0 where none does
 */
public record OutboxState(long bytes, long delivered, long dropped, long lagNanos) {}
