package io.sluice.gateway.admission;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.handler.codec.http.HttpHeaders;
import io.sluice.gateway.config.Hook;
import io.sluice.gateway.metrics.Meters;
import io.sluice.gateway.policy.Principal;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The back end that says who a request is from. It is asked at one fixed address, with the headers that the configuration names. The
 * same question asked twice within the cache's time, or while its answer is awaited, is asked once. Any thread; never blocks.
 */
final class AuthenticationHook {

    static final int MOST_BYTES = 64 << 10;

    /** Questions that may await their answer. */
    static final int MOST_ASKED = 256;

    /** Bytes of the answers that are remembered. */
    private static final long CACHED_BYTES = 16 << 20;

    private static final int ENTRY_BYTES = 512;

    private static final Logger LOG = LoggerFactory.getLogger(AuthenticationHook.class);

    private final Hook settings;
    private final String rolesClaim;
    private final BoundedHttp http;
    private final Meters meters;
    private final CircuitBreaker breaker = new CircuitBreaker(System::nanoTime);
    private final AtomicInteger asked = new AtomicInteger();
    /** By the digest of the question, so that nobody's credentials are kept. */
    private final AsyncCache<String, Remembered> cache;

    /** @param bytes of the answer's body */
    private record Remembered(HookAnswer answer, int bytes) {}

    AuthenticationHook(Hook settings, String rolesClaim, BoundedHttp http, Meters meters) {
        this.settings = settings;
        this.rolesClaim = rolesClaim;
        this.http = http;
        this.meters = meters;
        cache = Caffeine.newBuilder()
                .maximumWeight(CACHED_BYTES)
                .weigher((String question, Remembered remembered) -> ENTRY_BYTES + 4 * remembered.bytes)
                .expireAfterWrite(settings.cache())
                .executor(Runnable::run)
                .buildAsync();
    }

    /** Whether the hook would be shown a cookie of this request. */
    boolean looksAtCookies(HttpHeaders headers) {
        return settings.headers().contains("cookie") && headers.contains("cookie");
    }

    /** Whom a request is from. Never fails. */
    CompletableFuture<HookAnswer> ask(HttpHeaders headers, InetAddress client, String path) {
        byte[] question = HookMessage.question(headers, settings.headers(), client, path);
        CompletableFuture<@Nullable Remembered> answer = settings.cache().isZero()
                ? ask(question)
                : cache.get(digest(question), (digest, unused) -> ask(question));
        return answer.thenApply(remembered -> remembered == null ? new HookAnswer.Unavailable() : remembered.answer)
                .thenApply(AuthenticationHook::unlessExpired);
    }

    /** Null where there is no answer: then nothing is remembered. */
    private CompletableFuture<@Nullable Remembered> ask(byte[] question) {
        if (asked.incrementAndGet() > MOST_ASKED || !breaker.allows()) {
            asked.decrementAndGet();
            return CompletableFuture.completedFuture(null);
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create(settings.url()))
                .header("content-type", "application/json")
                .header("accept", "application/json")
                .POST(BodyPublishers.ofByteArray(question))
                .build();
        return http.send(request, settings.timeout(), MOST_BYTES).handle(this::answered);
    }

    private @Nullable Remembered answered(BoundedHttp.@Nullable Answer answer, @Nullable Throwable failure) {
        asked.decrementAndGet();
        if (answer == null) {
            failed(String.valueOf(failure));
            return null;
        }
        HookAnswer understood = understood(answer);
        if (understood == null) {
            failed("status " + answer.status() + ", and no answer as agreed");
            return null;
        }
        breaker.succeeded();
        meters.hook("ok");
        return new Remembered(understood, answer.body().length);
    }

    private void failed(String why) {
        meters.hook("failed");
        if (breaker.failed()) {
            LOG.warn(
                    "the authentication hook does not answer, and is asked once in {} s until it does: {}",
                    Duration.ofNanos(CircuitBreaker.OPEN_NANOS).toSeconds(),
                    why);
        }
    }

    private @Nullable HookAnswer understood(BoundedHttp.Answer answer) {
        return switch (answer.status()) {
            case 200 -> somebody(HookMessage.principal(answer.body(), rolesClaim, Instant.now()));
            case 204 -> new HookAnswer.Nobody();
            case 401, 403 -> new HookAnswer.Refused(answer.status());
            default -> null;
        };
    }

    private static @Nullable HookAnswer somebody(@Nullable Principal principal) {
        return principal == null ? null : new HookAnswer.Somebody(principal);
    }

    private static HookAnswer unlessExpired(HookAnswer answer) {
        boolean expired = answer instanceof HookAnswer.Somebody somebody
                && somebody.principal().expires() != null
                && !Instant.now().isBefore(somebody.principal().expires());
        return expired ? new HookAnswer.Refused(401) : answer;
    }

    private static String digest(byte[] question) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(question));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }
}
