package io.sluice.gateway.admission;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where public-key signatures are checked: one costs up to a millisecond, and an event loop has better things to do. What waits is
 * bounded; beyond, {@link java.util.concurrent.RejectedExecutionException}.
 */
final class AdmissionThreads implements Executor, AutoCloseable {

    private static final int MOST_WAITING = 4096;
    private static final int IDLE_SECONDS = 30;

    private final ThreadPoolExecutor threads;

    AdmissionThreads() {
        int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        threads = new ThreadPoolExecutor(
                most, most, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "sluice-admission");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
