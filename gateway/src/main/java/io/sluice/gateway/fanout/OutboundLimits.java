package io.sluice.gateway.fanout;

import java.time.Duration;

/**
 * What may wait for one session.
 *
 * @param bytes parked, in its channel and set aside together
 * @param age of the oldest byte
 */
public record OutboundLimits(long bytes, Duration age) {}
