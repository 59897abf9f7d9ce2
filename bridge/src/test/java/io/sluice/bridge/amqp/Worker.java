package io.sluice.bridge.amqp;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** One subscription to a work rule that keeps what it is told, in order. */
final class Worker implements WorkQueue.Sink, AutoCloseable {

    record Job(long tag, String body, boolean redelivered) {}

    final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
    /** What is told apart from messages, one line each. */
    final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    final WorkQueue queue;
    private final AtomicLong tags = new AtomicLong();
    private volatile boolean acksAtOnce;

    Worker(AmqpBroker broker, Rule rule, int credit) {
        queue = broker.work(rule, credit, this);
    }

    void acksAtOnce() {
        acksAtOnce = true;
    }

    Job next() throws InterruptedException {
        Job next = jobs.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no message within 20 s; told: " + told);
        }
        return next;
    }

    String nextTold() throws InterruptedException {
        String next = told.poll(20, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing told within 20 s; jobs: " + jobs);
        }
        return next;
    }

    @Override
    public long deliver(Delivery delivery, boolean redelivered) {
        long tag = tags.incrementAndGet();
        String body = new String(delivery.body(), StandardCharsets.UTF_8);
        if (body.equals("poison")) {
            throw new IllegalStateException("as a test wants it");
        }
        jobs.add(new Job(tag, body, redelivered));
        if (acksAtOnce) {
            queue.ack(tag);
        }
        return tag;
    }

    @Override
    public void returned(long tag) {
        told.add("returned " + tag);
    }

    @Override
    public void tooLarge(String topic) {
        told.add("too large " + topic);
    }

    @Override
    public void ended(String reason) {
        told.add("ended");
    }

    @Override
    public void close() {
        queue.close();
    }
}
