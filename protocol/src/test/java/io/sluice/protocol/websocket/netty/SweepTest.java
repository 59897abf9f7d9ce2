package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SweepTest {

    private final MockTicker ticker = Ticker.newMockTicker();
    private final EmbeddedChannel channel =
            EmbeddedChannel.builder().ticker(ticker).build();
    private final List<Counter> removed = new ArrayList<>();
    private final Sweep sweep = new Sweep(channel.eventLoop());

    @Test
    void whateverComesAndGoesEachThatStaysIsVisitedEveryPeriod() {
        Random random = new Random(1);
        List<Counter> present = new ArrayList<>();
        for (int round = 0; round < 200; round++) {
            for (int n = random.nextInt(5); n > 0; n--) {
                Counter counter = new Counter();
                sweep.add(counter);
                present.add(counter);
            }
            for (Counter counter : present) {
                counter.visits = 0;
                counter.removes = random.nextInt(10) > 0 ? null : present.get(random.nextInt(present.size()));
            }
            pass(250);
            present.removeAll(removed);
            removed.clear();
            assertThat(present).allMatch(counter -> counter.visits >= 1);
        }
        assertThat(present).isNotEmpty();
    }

    @Test
    void nothingRunsWhileNobodyIsThere() {
        Counter counter = new Counter();
        sweep.add(counter);
        sweep.remove(counter);
        sweep.remove(counter);
        pass(250);
        assertThat(channel.runScheduledPendingTasks()).isEqualTo(-1);
        sweep.add(counter);
        pass(250);
        assertThat(counter.visits).isEqualTo(1);
    }

    @Test
    void aProcessThatStoodStillIsTold() {
        Counter counter = new Counter();
        sweep.add(counter);
        pass(250);
        assertThat(counter.stalled).isZero();
        pass(30_250);
        assertThat(counter.stalled).isEqualTo(TimeUnit.SECONDS.toNanos(30));
    }

    private void pass(long millis) {
        ticker.advance(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private final class Counter extends Sweep.Visited {

        int visits;
        long stalled;

        @Nullable
        Counter removes;

        @Override
        void visit(long nowNanos, long stalledNanos) {
            visits++;
            stalled = stalledNanos;
            if (removes != null) {
                sweep.remove(removes);
                removed.add(removes);
            }
        }
    }
}
