package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class AdmissionThreadsTest {

    private static final int MOST = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final int MOST_WAITING = 4096;

    private final AdmissionThreads threads = new AdmissionThreads();
    private final CountDownLatch release = new CountDownLatch(1);
    private final Queue<Thread> running = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        release.countDown();
        threads.close();
    }

    @Test
    void halfOfTheProcessorsVerifyAtOnceAndTheOthersWait() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(MOST);
        CountDownLatch done = new CountDownLatch(MOST + 1);
        for (int i = 0; i <= MOST; i++) {
            threads.execute(() -> {
                hold(started);
                done.countDown();
            });
        }

        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(running).hasSize(MOST);
        assertThat(running)
                .allMatch(Thread::isDaemon)
                .allMatch(thread -> thread.getName().equals("sluice-admission"));
        release.countDown();
        assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whereTooManyWaitTheNextIsRefused() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(MOST);
        for (int i = 0; i < MOST; i++) {
            threads.execute(() -> hold(started));
        }
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        for (int i = 0; i < MOST_WAITING; i++) {
            threads.execute(() -> {});
        }

        assertThatThrownBy(() -> threads.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void atTheEndWhatRunsIsInterrupted() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        threads.execute(() -> {
            if (!hold(started)) {
                interrupted.countDown();
            }
        });
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();

        threads.close();

        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    /** False: it was interrupted. */
    private boolean hold(CountDownLatch started) {
        running.add(Thread.currentThread());
        started.countDown();
        try {
            release.await();
            return true;
        } catch (InterruptedException end) {
            return false;
        }
    }
}
