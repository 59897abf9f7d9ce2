package io.sluice.bridge.amqp;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that runs tasks in order: now, later, or again and again. A task that fails is logged and ends nothing. */
final class SerialThread {

    private static final Logger LOG = LoggerFactory.getLogger(SerialThread.class);

    private final String name;
    private final ScheduledThreadPoolExecutor executor;

    SerialThread(String name, ThreadFactory threads) {
        this.name = name;
        this.executor = new ScheduledThreadPoolExecutor(1, threads);
    }

    void run(Runnable task) {
        runIn(0, task);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a guarded task has no failure to tell
    void runIn(long delayNanos, Runnable task) {
        try {
            executor.schedule(guarded(task), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closing) {
            LOG.trace("{} runs nothing more", name);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // as above
    void every(long periodNanos, Runnable task) {
        executor.scheduleWithFixedDelay(guarded(task), periodNanos, periodNanos, TimeUnit.NANOSECONDS);
    }

    /** Waits until what was asked to run at once has run, and at most so long. */
    void awaitIdle(Duration patience) {
        CountDownLatch idle = new CountDownLatch(1);
        run(idle::countDown);
        try {
            if (!idle.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                LOG.warn("the thread {} is held up", name);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Interrupts what runs and drops what waits. */
    void end() {
        executor.shutdownNow();
    }

    void awaitEnd(long nanos) {
        try {
            if (!executor.awaitTermination(nanos, TimeUnit.NANOSECONDS)) {
                LOG.warn("the thread {} does not end", name);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException failure) {
                LOG.error("{} goes on after a fault of Sluice", name, failure);
            }
        };
    }
}
