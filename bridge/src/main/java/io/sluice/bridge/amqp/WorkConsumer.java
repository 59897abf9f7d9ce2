package io.sluice.bridge.amqp;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import io.sluice.bridge.Delivery;
import io.sluice.bridge.WorkQueue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One consumer of a work queue and what it has out, from its consume to its end. It alone knows delivery tags: whoever acks names a tag of
 * the sink, so no tag that the broker does not know, and none twice, can reach the shared channel and close it.
 *
 * <p>Its lock orders what the sink is told; it is never held over anything that waits.
 */
final class WorkConsumer extends DefaultConsumer {

    private record Out(long deliveryTag, long sinceNanos) {}

    private final WorkFeed feed;
    private final WorkChannel channel;
    private final WorkQueue.Sink sink;

    /** By the sink's tags, the oldest first. Bounded by the credit. */
    private final Map<Long, Out> out = new LinkedHashMap<>();

    private boolean ended;
    private @Nullable String consumerTag;

    WorkConsumer(WorkFeed feed, WorkChannel channel, WorkQueue.Sink sink) {
        super(channel.channel());
        this.feed = feed;
        this.channel = channel;
        this.sink = sink;
    }

    /** @throws IOException as {@link WorkChannel#consume} */
    void consume(int credit) throws IOException {
        consumerTag = channel.consume(this, credit);
    }

    boolean on(@Nullable WorkChannel other) {
        return channel == other;
    }

    /** On the command thread, as {@link #nack}, {@link #cancel} and {@link #expire}. */
    void ack(long tag) {
        Out acked = take(tag);
        if (acked != null) {
            channel.ack(acked.deliveryTag());
        }
    }

    void nack(long tag, boolean requeue) {
        Out nacked = take(tag);
        if (nacked != null) {
            channel.nack(nacked.deliveryTag(), requeue);
        }
    }

    /** Ends it, and then returns what it has: before, it would come back at once. */
    void cancel() {
        List<Out> left = end();
        if (consumerTag != null) {
            channel.cancel(consumerTag);
        }
        left.forEach(one -> channel.nack(one.deliveryTag(), true));
    }

    void expire(long sentBeforeNanos) {
        for (Map.Entry<Long, Out> late = takeSentBefore(sentBeforeNanos);
                late != null;
                late = takeSentBefore(sentBeforeNanos)) {
            channel.nack(late.getValue().deliveryTag(), true);
        }
    }

    /** Its channel is gone, and what was out is out no more. Any thread. */
    synchronized void lost() {
        List<Long> tags = List.copyOf(out.keySet());
        drop();
        tags.forEach(this::tellReturned);
    }

    /** Nothing comes any more, nothing is told. */
    synchronized void drop() {
        ended = true;
        out.clear();
    }

    @Override
    public synchronized void handleDelivery(
            String consumer, Envelope envelope, AMQP.BasicProperties properties, byte[] body) {
        long deliveryTag = envelope.getDeliveryTag();
        if (ended) {
            feed.commands().run(() -> channel.nack(deliveryTag, true));
            return;
        }
        Intake intake = feed.intake();
        String topic = feed.rule().match().toString();
        if (intake.tooLarge(feed.rule(), body)) {
            intake.guarded(feed.rule(), () -> sink.tooLarge(topic));
            refuse(deliveryTag);
            return;
        }
        Delivery delivery = intake.delivery(feed.rule(), topic, properties, body, null);
        Out delivered = new Out(deliveryTag, System.nanoTime());
        if (!intake.guarded(feed.rule(), () -> out.put(sink.deliver(delivery, envelope.isRedeliver()), delivered))) {
            refuse(deliveryTag);
        }
    }

    @Override
    public void handleCancel(String consumer) {
        feed.cancelled(channel);
    }

    /** Requeued, it would come back for ever: it is the queue's to dead-letter or drop. */
    private void refuse(long deliveryTag) {
        feed.commands().run(() -> channel.nack(deliveryTag, false));
    }

    private synchronized @Nullable Out take(long tag) {
        return out.remove(tag);
    }

    private synchronized List<Out> end() {
        List<Out> left = new ArrayList<>(out.values());
        drop();
        return left;
    }

    private synchronized Map.@Nullable Entry<Long, Out> takeSentBefore(long nanos) {
        Iterator<Map.Entry<Long, Out>> all = out.entrySet().iterator();
        if (!all.hasNext()) {
            return null;
        }
        Map.Entry<Long, Out> oldest = all.next();
        if (oldest.getValue().sinceNanos() - nanos >= 0) {
            return null;
        }
        Map.Entry<Long, Out> taken = Map.entry(oldest.getKey(), oldest.getValue());
        all.remove();
        tellReturned(taken.getKey());
        return taken;
    }

    private void tellReturned(long tag) {
        feed.intake().guarded(feed.rule(), () -> sink.returned(tag));
    }
}
