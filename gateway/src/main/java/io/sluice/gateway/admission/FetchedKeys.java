package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sluice.gateway.metrics.Meters;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys that an issuer publishes as a JWK set (RFC 7517, 5). They are fetched when first needed, anew in the background once they
 * are five minutes old and used, and at once when a token names one that is not known, but never more often than every 30 s, whatever
 * tokens come. A fetch that fails changes nothing: the last good keys stay. Any thread; never blocks.
 */
final class FetchedKeys {

    /** What became of a wish for newer keys. */
    sealed interface Refetch {

        /** They come, or the old ones if that fails. */
        record UnderWay(CompletableFuture<KeySet> keys) implements Refetch {}

        /** The last fetch is too near, or too many wait for one. */
        record NotNow() implements Refetch {}
    }

    private static final Logger LOG = LoggerFactory.getLogger(FetchedKeys.class);

    static final Duration TIMEOUT = Duration.ofSeconds(5);
    static final int MOST_BYTES = 256 << 10;

    /** Tokens that may wait for one fetch. */
    static final int MOST_WAITING = 1024;

    private static final long STALE_NANOS = Duration.ofMinutes(5).toNanos();
    static final long PACE_NANOS = Duration.ofSeconds(30).toNanos();

    /** As long as there are no keys nobody can come in, so that the next attempt is made sooner; then it doubles. */
    private static final long FIRST_PACE_NANOS = Duration.ofSeconds(1).toNanos();

    private final String issuer;
    private final URI uri;
    private final BoundedHttp http;
    private final Meters meters;
    private final LongSupplier nanoTime;

    private volatile KeySet keys = KeySet.NONE;
    private volatile long fetchedNanos;

    private @Nullable CompletableFuture<KeySet> underWay;
    private int waiting;
    private long nextNanos;
    private long pace = FIRST_PACE_NANOS;
    private volatile boolean failing;

    /** @param issuer as configured, for logs and metrics */
    FetchedKeys(String issuer, URI uri, BoundedHttp http, Meters meters, LongSupplier nanoTime) {
        this.issuer = issuer;
        this.uri = uri;
        this.http = http;
        this.meters = meters;
        this.nanoTime = nanoTime;
        nextNanos = nanoTime.getAsLong();
    }

    URI uri() {
        return uri;
    }

    /** Those that are known now; none before the first fetch has succeeded. Old ones are renewed behind the caller's back. */
    KeySet keys() {
        if (!keys.isEmpty() && nanoTime.getAsLong() - fetchedNanos > STALE_NANOS) {
            refetch(false);
        }
        return keys;
    }

    /** Asks for newer keys than those of {@link #keys}. */
    Refetch refetch() {
        return refetch(true);
    }

    private synchronized Refetch refetch(boolean wait) {
        CompletableFuture<KeySet> fetch = underWay;
        if (fetch == null) {
            if (nanoTime.getAsLong() - nextNanos < 0) {
                return new Refetch.NotNow();
            }
            fetch = new CompletableFuture<>();
            underWay = fetch;
            waiting = 0;
            fetch(fetch);
        }
        if (!wait) {
            return new Refetch.UnderWay(fetch);
        }
        return ++waiting > MOST_WAITING ? new Refetch.NotNow() : new Refetch.UnderWay(fetch);
    }

    private void fetch(CompletableFuture<KeySet> fetch) {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("accept", "application/jwk-set+json, application/json")
                .build();
        http.send(request, TIMEOUT, MOST_BYTES).whenComplete((answer, failure) -> {
            KeySet fetched =
                    answer != null && answer.status() == 200 ? KeySet.ofJwks(new String(answer.body(), UTF_8)) : null;
            if (fetched != null && !fetched.isEmpty()) {
                succeeded(fetched);
            } else {
                failed(why(answer, failure, fetched));
            }
            fetch.complete(keys);
        });
    }

    private void succeeded(KeySet fetched) {
        synchronized (this) {
            underWay = null;
            keys = fetched;
            fetchedNanos = nanoTime.getAsLong();
            nextNanos = fetchedNanos + PACE_NANOS;
            pace = FIRST_PACE_NANOS;
        }
        meters.keyFetch(issuer, "ok");
        if (failing) {
            failing = false;
            LOG.info("the keys of issuer {} are fetched again", issuer);
        }
    }

    /** An outage is told when it begins and when it ends, and not with each attempt. */
    private void failed(String why) {
        synchronized (this) {
            underWay = null;
            nextNanos = nanoTime.getAsLong() + (keys.isEmpty() ? pace : PACE_NANOS);
            pace = Math.min(PACE_NANOS, 2 * pace);
        }
        meters.keyFetch(issuer, "failed");
        if (!failing) {
            failing = true;
            LOG.warn("the keys of issuer {} cannot be fetched from {}: {}", issuer, uri, why);
        }
    }

    private static String why(
            BoundedHttp.@Nullable Answer answer, @Nullable Throwable failure, @Nullable KeySet fetched) {
        if (answer == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            return cause instanceof TimeoutException
                    ? "no answer within " + TIMEOUT.toSeconds() + " s"
                    : String.valueOf(cause);
        }
        if (answer.status() != 200) {
            return "the answer has status " + answer.status();
        }
        return fetched == null ? "the answer is no JWK set" : "the JWK set has no key that verifies tokens";
    }
}
