package io.sluice.gateway.admission;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * HTTP to addresses of the configuration, bounded in time and bytes. Redirects are not followed: whoever answers could otherwise send
 * the gateway anywhere. It has threads of its own.
 */
final class BoundedHttp implements AutoCloseable {

    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final int THREADS = 2;

    /** A whole answer. */
    record Answer(int status, byte[] body) {}

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "sluice-fetch");
        thread.setDaemon(true);
        return thread;
    });
    private final HttpClient client;

    /** Trusts whom the JVM trusts. */
    BoundedHttp() {
        this(defaultTls());
    }

    /** @param tls says which servers are to be believed; their host names are verified besides */
    BoundedHttp(SSLContext tls) {
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .sslContext(tls)
                .executor(threads)
                .build();
    }

    private static SSLContext defaultTls() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has TLS", e);
        }
    }

    /**
     * Sends {@code request}. Any thread; the answer comes on one of this object's threads, or on the JDK's timer.
     *
     * @param timeout until the last byte of the body is there
     * @param most bytes of the body; with one more the answer is an {@link IOException}
     */
    CompletableFuture<Answer> send(HttpRequest request, Duration timeout, int most) {
        CompletableFuture<HttpResponse<byte[]>> sent = client.sendAsync(request, head -> new Bounded(most));
        CompletableFuture<Answer> answer = sent.thenApply(got -> new Answer(got.statusCode(), got.body()))
                .orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
        answer.whenComplete((done, failure) -> {
            if (failure != null) {
                // Ends the exchange with its connection, which a slow body would hold for ever.
                sent.cancel(true);
            }
        });
        return answer;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** Takes a body, and nothing of what is beyond its bound. */
    static final class Bounded implements BodySubscriber<byte[]> {

        private final int most;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private Flow.@Nullable Subscription subscription;

        Bounded(int most) {
            this.most = most;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription begun) {
            subscription = begun;
            begun.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> pieces) {
            for (ByteBuffer piece : pieces) {
                if (body.isDone()) {
                    return;
                }
                if (piece.remaining() > most - bytes.size()) {
                    body.completeExceptionally(new IOException("the answer is larger than " + most + " bytes"));
                    if (subscription != null) {
                        subscription.cancel();
                    }
                    return;
                }
                byte[] copy = new byte[piece.remaining()];
                piece.get(copy);
                bytes.writeBytes(copy);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}
