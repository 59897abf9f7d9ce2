package io.sluice.bridge.amqp;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of one bridge, each with a name that says what it is for; daemons all. */
final class BridgeThreads implements ThreadFactory {

    private static final Logger LOG = LoggerFactory.getLogger(BridgeThreads.class);
    private static final RejectedExecutionHandler RUN_IT_YOURSELF = (task, ended) -> task.run();
    private static final int DELIVERING = Math.min(4, Runtime.getRuntime().availableProcessors());

    private final SerialThread broker = new SerialThread("sluice-broker", named("sluice-broker"));
    private final SerialThread commands = new SerialThread("sluice-consume", named("sluice-consume"));
    private final SerialThread clock = new SerialThread("sluice-publish-clock", named("sluice-publish-clock"));

    // The client's readers end after these pools, and still hand them work: consumers are not called any more,
    // shutdowns go on.
    private final ExecutorService deliveries = new ThreadPoolExecutor(
            DELIVERING,
            DELIVERING,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("sluice-deliver"),
            RUN_IT_YOURSELF);
    private final ExecutorService shutdown = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            named("sluice-amqp-shutdown"),
            RUN_IT_YOURSELF);

    private final SerialThread markers = new SerialThread("sluice-markers", named("sluice-markers"));
    private final SerialThread searches = new SerialThread("sluice-search", named("sluice-search"));
    private final ExecutorService histories = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            named("sluice-history"),
            new ThreadPoolExecutor.DiscardPolicy());

    /** Connects, checks and binds; tells the listener. */
    SerialThread broker() {
        return broker;
    }

    /** Acks, nacks, cancels and qos of all feeds: one thread, since a channel must not be shared between threads. */
    SerialThread commands() {
        return commands;
    }

    /** Gives up publications that nobody confirms. It never touches a socket, so nothing can hold it up. */
    SerialThread clock() {
        return clock;
    }

    /** Runs the consumers; each channel's in order. */
    ExecutorService deliveries() {
        return deliveries;
    }

    /** Where the client flushes for the last time: on its reader a socket that hangs would block it. */
    ExecutorService shutdown() {
        return shutdown;
    }

    /** Writes markers; it may block for as long as the broker takes no publishes. */
    SerialThread markers() {
        return markers;
    }

    /** Searches windows in memory, and is the clock of all that waits for a stream. It never touches a socket. */
    SerialThread searches() {
        return searches;
    }

    /** Whatever reads a stream: one thread for each tail, and for each of a rule's {@code catchUpReaders} that is in use. */
    ExecutorService histories() {
        return histories;
    }

    /** A thread of the client's own: it names it. */
    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "sluice-amqp");
        thread.setDaemon(true);
        return thread;
    }

    Thread newThread(String name, Runnable task) {
        Thread thread = newThread(task);
        thread.setName(name);
        return thread;
    }

    /** Ends them all and waits for it. */
    void close(Duration patience) {
        List<SerialThread> serial = List.of(broker, commands, clock, markers, searches);
        List<ExecutorService> pools = List.of(deliveries, shutdown, histories);
        serial.forEach(SerialThread::end);
        pools.forEach(ExecutorService::shutdown);
        long deadline = System.nanoTime() + patience.toNanos();
        serial.forEach(thread -> thread.awaitEnd(deadline - System.nanoTime()));
        pools.forEach(pool -> await(pool, deadline - System.nanoTime()));
    }

    private static void await(ExecutorService pool, long nanos) {
        try {
            if (!pool.awaitTermination(nanos, TimeUnit.NANOSECONDS)) {
                pool.shutdownNow();
                LOG.warn("some thread of the bridge does not end");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private ThreadFactory named(String name) {
        return task -> newThread(name, task);
    }
}
