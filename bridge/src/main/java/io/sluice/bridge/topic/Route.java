package io.sluice.bridge.topic;

/**
 * Where a topic leads.
 *
 * @param exchange the exchange to publish to; empty for the default exchange
 * @param routingKey the topic, or the queue's name for a work rule
 */
public record Route(Rule rule, String exchange, String routingKey) {}
