package io.sluice.gateway.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AuthFailuresTest {

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 3);
    private final AuthFailures failures = new AuthFailures(60, clock::get);

    @Test
    void sixtyFailuresAreListenedToAndNotOneMore() throws UnknownHostException {
        fail("192.0.2.1", 59);
        assertThat(failures.exhausted(address("192.0.2.1"))).isFalse();
        fail("192.0.2.1", 1);
        assertThat(failures.exhausted(address("192.0.2.1"))).isTrue();
    }

    @Test
    void othersAreNotTouched() throws UnknownHostException {
        fail("192.0.2.1", 1000);

        assertThat(failures.exhausted(address("192.0.2.2"))).isFalse();
    }

    @Test
    void afterASecondOneMoreIsListenedTo() throws UnknownHostException {
        fail("192.0.2.1", 1000);
        clock.addAndGet(Duration.ofMillis(1001).toNanos());
        assertThat(failures.exhausted(address("192.0.2.1"))).isFalse();
        fail("192.0.2.1", 1);
        assertThat(failures.exhausted(address("192.0.2.1"))).isTrue();
        assertThat(failures.retryAfterSeconds()).isOne();
    }

    @Test
    void aMinuteForgetsAll() throws UnknownHostException {
        fail("192.0.2.1", 1000);
        clock.addAndGet(Duration.ofSeconds(61).toNanos());
        fail("192.0.2.1", 59);

        assertThat(failures.exhausted(address("192.0.2.1"))).isFalse();
    }

    @Test
    void anotherLimitIsInForceAtOnceAndForgivesNothing() throws UnknownHostException {
        fail("192.0.2.1", 10);
        fail("192.0.2.2", 60);
        failures.perMinute(3);
        fail("192.0.2.1", 2);
        assertThat(failures.exhausted(address("192.0.2.1"))).isFalse();
        fail("192.0.2.1", 1);
        assertThat(failures.exhausted(address("192.0.2.1"))).isTrue();

        failures.perMinute(600);
        assertThat(failures.exhausted(address("192.0.2.2"))).isTrue();
        clock.addAndGet(Duration.ofMillis(101).toNanos());
        assertThat(failures.exhausted(address("192.0.2.2"))).isFalse();
        fail("192.0.2.2", 1);
        assertThat(failures.exhausted(address("192.0.2.2"))).isTrue();
    }

    @Test
    void aNetworkOfIpv6IsOneAddress() throws UnknownHostException {
        for (int host = 0; host < 60; host++) {
            failures.failed(address("2001:db8:1:2::" + Integer.toHexString(host)));
        }
        assertThat(failures.exhausted(address("2001:db8:1:2:ffff::1"))).isTrue();
        assertThat(failures.exhausted(address("2001:db8:1:3::1"))).isFalse();
    }

    private void fail(String address, int times) throws UnknownHostException {
        for (int i = 0; i < times; i++) {
            failures.failed(address(address));
        }
    }

    private static InetAddress address(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }
}
