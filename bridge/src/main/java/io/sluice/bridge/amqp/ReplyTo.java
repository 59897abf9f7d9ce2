package io.sluice.bridge.amqp;

/**
 * Where the answer to a publication is awaited.
 *
 * @param queue {@code reply-to}, this node's reply queue
 * @param correlationId {@code correlation-id}, minted here
 */
record ReplyTo(String queue, String correlationId) {}
