package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CircuitBreakerTest {

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1);
    private final CircuitBreaker breaker = new CircuitBreaker(clock::get);

    @Test
    void fourFailuresInARowChangeNothingAndTheFifthIsTold() {
        for (int i = 1; i < CircuitBreaker.FAILURES; i++) {
            assertThat(breaker.failed()).isFalse();
            assertThat(breaker.allows()).isTrue();
        }
        assertThat(breaker.failed()).isTrue();
        assertThat(breaker.allows()).isFalse();
        assertThat(breaker.failed()).as("told once").isFalse();
    }

    @Test
    void aSuccessBetweenThemBeginsAnew() {
        fail(CircuitBreaker.FAILURES - 1);
        breaker.succeeded();
        fail(CircuitBreaker.FAILURES - 1);

        assertThat(breaker.allows()).isTrue();
    }

    @Test
    void afterFiveSecondsAndNotBeforeOneQuestionIsAskedAndNoOther() {
        fail(CircuitBreaker.FAILURES);
        clock.addAndGet(CircuitBreaker.OPEN_NANOS - 1);
        assertThat(breaker.allows()).isFalse();
        clock.incrementAndGet();
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.allows()).isFalse();
    }

    @Test
    void theOneQuestionDecidesWhatComes() {
        fail(CircuitBreaker.FAILURES);
        clock.addAndGet(CircuitBreaker.OPEN_NANOS);
        assertThat(breaker.allows()).isTrue();
        clock.addAndGet(CircuitBreaker.OPEN_NANOS - 1);
        assertThat(breaker.failed()).isFalse();
        clock.addAndGet(CircuitBreaker.OPEN_NANOS - 1);
        assertThat(breaker.allows()).isFalse();
        clock.incrementAndGet();
        assertThat(breaker.allows()).isTrue();
        breaker.succeeded();
        assertThat(breaker.allows()).isTrue();
        assertThat(breaker.allows()).isTrue();
    }

    private void fail(int times) {
        for (int i = 0; i < times; i++) {
            breaker.failed();
        }
    }
}
