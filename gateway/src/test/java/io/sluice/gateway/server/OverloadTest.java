package io.sluice.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.gateway.metrics.Meters;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a node sends new clients elsewhere, and how its ports outlive a shortage of file descriptors. */
@Timeout(60)
class OverloadTest {

    private final EventLoopGroup loops = Transport.best().eventLoops("overload-test", 2);
    private final Meters meters = new Meters(new SimpleMeterRegistry(), List.of());

    private final CountDownLatch enough = new CountDownLatch(1);

    @AfterEach
    void stop() {
        enough.countDown();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void anEventLoopThatIsLateTwiceInARowIsOverloadedAndTheOthersAreNot() {
        Overload overload = new Overload(Duration.ofMillis(1500), () -> 0, 100);
        EventLoop late = loops.next();
        EventLoop other = loops.next();
        LoopLag.measure(late, meters, overload);
        LoopLag.measure(other, meters, overload);
        assertThat(overload.on(late)).isFalse();

        late.execute(() -> busy(late));
        await().atMost(Duration.ofSeconds(30)).until(() -> overload.on(late) && !overload.on(other));

        enough.countDown();
        await().atMost(Duration.ofSeconds(30)).until(() -> !overload.on(late));
    }

    @Test
    void aTenthOfTheDirectMemoryIsForThoseThatAreThere() {
        AtomicLong used = new AtomicLong(90);
        Overload overload = new Overload(Duration.ofSeconds(1), used::get, 100);

        assertThat(overload.on(loops.next())).isFalse();
        used.set(91);
        assertThat(overload.on(loops.next())).isTrue();
    }

    @Test
    void aPortThatCannotAcceptPausesAndGoesOn() {
        EmbeddedChannel port = new EmbeddedChannel(new AcceptFailures(meters));
        port.freezeTime();
        for (int i = 0; i < 1000; i++) {
            port.pipeline().fireExceptionCaught(new IOException("accept(..) failed: Too many open files"));
        }
        assertThat(port.config().isAutoRead()).isFalse();
        assertThat(port.isOpen()).isTrue();
        port.advanceTimeBy(499, TimeUnit.MILLISECONDS);
        port.runScheduledPendingTasks();
        assertThat(port.config().isAutoRead()).isFalse();
        port.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        port.runScheduledPendingTasks();
        assertThat(port.config().isAutoRead()).isTrue();
        port.checkException();
        assertThat(meters.registry().get("sluice.accept.failures").counter().count())
                .isEqualTo(1000);
        port.finishAndReleaseAll();
    }

    /** For three seconds at a time, again and again, so that whatever is due comes late. */
    private void busy(EventLoop loop) {
        try {
            if (!enough.await(3, TimeUnit.SECONDS)) {
                var unused = loop.schedule(() -> busy(loop), 1, TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
