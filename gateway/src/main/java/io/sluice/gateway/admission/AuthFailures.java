package io.sluice.gateway.admission;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.net.InetAddress;
import java.time.Duration;

/**
 * A token bucket of failed authentications for each remote address: who guesses is soon not listened to, and nobody else notices. Holds
 * as many addresses as it has room for; the one that failed longest ago goes first. Any thread.
 */
final class AuthFailures {

    private static final long MOST_ADDRESSES = 100_000;
    private static final double MINUTE = Duration.ofMinutes(1).toNanos();

    private volatile int perMinute;
    private final Ticker ticker;
    private final Cache<InetAddress, Bucket> buckets;

    /** What is left, at a moment. */
    private record Bucket(double left, long atNanos) {}

    /** @param perMinute in the long run, and at once after a quiet minute */
    AuthFailures(int perMinute, Ticker ticker) {
        this.perMinute = perMinute;
        this.ticker = ticker;
        buckets = Caffeine.newBuilder()
                .maximumSize(MOST_ADDRESSES)
                // By then it is full again.
                .expireAfterWrite(Duration.ofMinutes(1))
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    /** From now on; what has been counted stays, so that nobody has new guesses by it. */
    void perMinute(int other) {
        perMinute = other;
    }

    /** Whether {@code client} has failed so often that it is not worth another look. */
    boolean exhausted(InetAddress client) {
        Bucket bucket = buckets.getIfPresent(ClientAddress.counted(client));
        return bucket != null && filled(bucket).left < 1;
    }

    /** {@code client} has failed once more. */
    void failed(InetAddress client) {
        buckets.asMap().compute(ClientAddress.counted(client), (address, bucket) -> {
            Bucket now = bucket == null ? new Bucket(perMinute, ticker.read()) : filled(bucket);
            return new Bucket(Math.max(0, now.left - 1), now.atNanos);
        });
    }

    /** Until one more failure has room, in whole seconds, at least one. */
    int retryAfterSeconds() {
        return Math.max(1, 60 / perMinute);
    }

    private Bucket filled(Bucket bucket) {
        long now = ticker.read();
        return new Bucket(Math.min(perMinute, bucket.left + (now - bucket.atNanos) / MINUTE * perMinute), now);
    }
}
