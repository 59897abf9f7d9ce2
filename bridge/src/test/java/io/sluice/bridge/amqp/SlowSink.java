package io.sluice.bridge.amqp;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.topic.Rule;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Holds up the deliveries of one topic until {@link #goOn}, as no sink should; then passes everything on. */
final class SlowSink implements DeliverySink {

    private final DeliverySink to;
    private final String topic;
    private final CountDownLatch goOn = new CountDownLatch(1);

    SlowSink(DeliverySink to, String topic) {
        this.to = to;
        this.topic = topic;
    }

    void goOn() {
        goOn.countDown();
    }

    @Override
    public void deliver(Delivery delivery) {
        try {
            if (delivery.topic().equals(topic)) {
                goOn.await(30, TimeUnit.SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        to.deliver(delivery);
    }

    @Override
    public void gap(Rule rule, Hole hole, long missed) {
        to.gap(rule, hole, missed);
    }

    @Override
    public void tooLarge(Rule rule, String tooLarge) {
        to.tooLarge(rule, tooLarge);
    }
}
