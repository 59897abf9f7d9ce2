package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Envelope;

/** What stands at one offset of a stream, as it was read. */
record StreamMessage(long offset, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {

    String routingKey() {
        return envelope.getRoutingKey();
    }
}
