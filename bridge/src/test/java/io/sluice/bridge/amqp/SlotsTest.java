package io.sluice.bridge.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlotsTest {

    private final Deque<Runnable> started = new ArrayDeque<>();
    private final Deque<Runnable> scans = new ArrayDeque<>();
    private final List<String> ran = new ArrayList<>();

    @Test
    void shortJobsHaveHalfOfTheSlotsAtMost() {
        Slots slots = new Slots(4, new Later(), scans::poll);
        for (int i = 0; i < 3; i++) {
            assertThat(slots.offer(job("short"))).isTrue();
            scans.add(job("scan"));
        }
        slots.dispatch();
        assertThat(started).hasSize(4);
        assertThat(slots.anyFree()).isFalse();
        assertThat(slots.awaited()).isTrue();
        started.poll().run();
        started.poll().run();
        assertThat(started).hasSize(4);
        while (!started.isEmpty()) {
            started.poll().run();
        }
        assertThat(ran).hasSize(6).containsOnly("short", "scan");
        assertThat(slots.anyFree()).isTrue();
        assertThat(slots.awaited()).isFalse();
    }

    @Test
    void aSingleSlotIsGivenInTurn() {
        Slots slots = new Slots(1, new Later(), scans::poll);
        scans.add(job("scan"));
        scans.add(job("scan"));
        for (int i = 0; i < 4; i++) {
            slots.offer(job("short"));
        }
        while (!started.isEmpty()) {
            assertThat(started).hasSize(1);
            started.poll().run();
        }
        assertThat(ran).containsExactly("short", "scan", "short", "scan", "short", "short");
    }

    @Test
    void noMoreShortJobsWaitThanMay() {
        Slots slots = new Slots(1, new Later(), scans::poll);
        for (int i = 0; i <= Slots.MOST_WAITING; i++) {
            assertThat(slots.offer(job("short"))).isTrue();
        }
        assertThat(slots.offer(job("one too many"))).isFalse();
        started.poll().run();
        assertThat(slots.offer(job("short"))).isTrue();
    }

    @Test
    void aJobThatFailsGivesItsSlotBack() {
        Slots slots = new Slots(1, new Later(), scans::poll);
        slots.offer(() -> {
            throw new IllegalStateException("thrown by the test");
        });
        Runnable failing = started.poll();
        org.assertj.core.api.Assertions.assertThatThrownBy(failing::run).hasMessage("thrown by the test");
        assertThat(slots.anyFree()).isTrue();
    }

    private Runnable job(String name) {
        return () -> ran.add(name);
    }

    /** Keeps what it is to run. */
    private final class Later extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            started.add(task);
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
