package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PacingTest {

    private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long MAX_DELAY = 2 * MILLI;

    private final Pacing pacing = new Pacing(MAX_DELAY);
    private long now = TimeUnit.SECONDS.toNanos(1);

    @Test
    void aLoopThatHasTimeNeverMakesAMessageWait() {
        for (int i = 0; i < 100; i++) {
            assertThat(turn(50 * MILLI, 6 * MILLI, 1, 1)).isZero();
        }
    }

    @Test
    void aLoopThatCannotKeepUpSpacesItsTurns() {
        assertThat(saturated()).isEqualTo(MAX_DELAY - MILLI / 2);
    }

    @Test
    void spacedTurnsStaySpacedWhileATurnForEachMessageWouldBeTooMuch() {
        saturated();
        for (int i = 0; i < 100; i++) {
            assertThat(turn(2 * MILLI, MILLI / 3, 10, 1)).isPositive();
        }
    }

    @Test
    void aTurnThatTookLongIsFollowedByAsLongAPauseButNeverByMoreThanTheDelay() {
        saturated();
        assertThat(turn(MILLI * 3, MILLI * 3 / 2, 100, 1)).isEqualTo(MILLI * 3 / 2);
        assertThat(turn(6 * MILLI, 6 * MILLI, 100, 1)).isEqualTo(MAX_DELAY);
    }

    @Test
    void messagesThatShareNothingAreNotHeldBack() {
        saturated();
        long delay = MAX_DELAY;
        for (int i = 0; i < 10; i++) {
            delay = turn(2 * MILLI, MILLI / 8, 20, 20);
        }
        assertThat(delay).isZero();
    }

    @Test
    void aLoopThatHasTimeAgainIsAtEaseWithinTenTurns() {
        saturated();
        long delay = MAX_DELAY;
        for (int i = 0; i < 10; i++) {
            delay = turn(5 * MILLI, MILLI / 2, 1, 1);
        }
        assertThat(delay).isZero();
    }

    @Test
    void withoutADelayNoTurnWaits() {
        Pacing never = new Pacing(0);
        for (int i = 1; i < 100; i++) {
            assertThat(never.afterTurn(i * MILLI, (i + 1) * MILLI, 10, 1)).isZero();
        }
    }

    private long saturated() {
        long delay = 0;
        for (int i = 0; i < 20; i++) {
            delay = turn(MILLI / 2, MILLI / 2, 2, 1);
        }
        return delay;
    }

    /** A turn that begins {@code interval} after the one before and takes {@code busy}. */
    private long turn(long interval, long busy, int messages, int runs) {
        now += interval;
        return pacing.afterTurn(now, now + busy, messages, runs);
    }
}
