package io.sluice.gateway.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class TokenBucketTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final TokenBucket bucket = new TokenBucket(10, 0);

    @Test
    void aLowerRateTakesAwayWhatIsOverItsBurst() {
        assertThat(taken(2, 0)).isEqualTo(4);
        assertThat(taken(2, SECOND)).isEqualTo(2);
    }

    @Test
    void aHigherRateGivesNothingAtOnceAndMoreFromThenOn() {
        assertThat(taken(10, 0)).isEqualTo(20);
        assertThat(taken(100, 0)).isZero();
        assertThat(taken(100, SECOND / 10)).isEqualTo(10);
        assertThat(taken(100, 10 * SECOND)).isEqualTo(200);
    }

    @Test
    void abuseIsTenSecondsOfTheRateThatHoldsNow() {
        taken(10, 0);
        refuse(19);
        assertThat(bucket.abused(2, 0)).isFalse();
        refuse(2);
        assertThat(bucket.abused(2, 0)).isTrue();
        assertThat(bucket.abused(10, 0)).isFalse();
    }

    private void refuse(int times) {
        for (int i = 0; i < times; i++) {
            assertThat(bucket.take(10, 0)).isFalse();
        }
    }

    private int taken(int perSecond, long nowNanos) {
        int count = 0;
        while (bucket.take(perSecond, nowNanos)) {
            count++;
        }
        return count;
    }
}
