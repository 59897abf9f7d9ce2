package io.sluice.gateway.admin;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;

/** Stands in the way of what the bridge brings, looks at it, and hands all of it on. On the bridge's threads. */
abstract class PassingSink implements DeliverySink {

    private final DeliverySink next;

    PassingSink(DeliverySink next) {
        this.next = next;
    }

    @Override
    public void deliver(Delivery delivery) {
        next.deliver(delivery);
    }

    @Override
    public void gap(Rule rule, Hole hole, long missed) {
        next.gap(rule, hole, missed);
    }

    @Override
    public void tooLarge(Rule rule, String topic) {
        next.tooLarge(rule, topic);
    }

    @Override
    public void tooLarge(Rule rule, String topic, Position position) {
        next.tooLarge(rule, topic, position);
    }
}
