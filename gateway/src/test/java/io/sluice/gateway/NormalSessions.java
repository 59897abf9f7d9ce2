package io.sluice.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Many clients that do nothing wrong, and how long each message took to them: what is published is the time it was due, in nanoseconds. */
final class NormalSessions implements AutoCloseable {

    private static final Pattern DATA = Pattern.compile("\"data\":(\\d+)");
    private static final int AT_ONCE = 50;

    private final List<WebSocket> sockets = new ArrayList<>();
    private final AtomicInteger subscribed = new AtomicInteger();
    private final AtomicReference<@Nullable String> ended = new AtomicReference<>();
    private final long[] nanos;
    private volatile long worstNanos;
    private volatile long worstAt;
    private final AtomicInteger deliveries = new AtomicInteger();

    /** Up to which of them {@link #second} has looked. */
    private int reported;

    /** @param mostDeliveries that are measured */
    NormalSessions(int mostDeliveries) {
        nanos = new long[mostDeliveries];
    }

    /** Opens so many, of which the i-th subscribes to {@code normal.(i modulo topics)}. */
    NormalSessions open(URI uri, int sessions, int topics) throws InterruptedException {
        HttpClient http = HttpClient.newHttpClient();
        Semaphore opening = new Semaphore(AT_ONCE);
        List<CompletableFuture<WebSocket>> all = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            String topic = "normal." + i % topics;
            opening.acquire();
            all.add(http.newWebSocketBuilder()
                    .buildAsync(uri, new Normal())
                    .whenComplete((socket, failure) -> opening.release())
                    .thenApply(socket -> {
                        socket.sendText("{\"op\":\"subscribe\",\"topic\":\"" + topic + "\",\"id\":1}", true);
                        return socket;
                    }));
        }
        all.forEach(one -> sockets.add(one.join()));
        return this;
    }

    /** How many have their {@code ok}. */
    int subscribed() {
        return subscribed.get();
    }

    int deliveries() {
        return deliveries.get();
    }

    /** What is measured begins now. */
    void forget() {
        deliveries.set(0);
        reported = 0;
        worstNanos = 0;
    }

    /** What deliveries took since the last call, in milliseconds: 99 of a hundred, and all of them, no longer. */
    double[] second() {
        int from = reported;
        reported = Math.min(deliveries.get(), nanos.length);
        long[] sorted = Arrays.copyOfRange(nanos, Math.min(from, reported), reported);
        Arrays.sort(sorted);
        return sorted.length == 0
                ? new double[] {0, 0}
                : new double[] {sorted[(int) Math.ceil(0.99 * sorted.length) - 1] / 1e6, sorted[sorted.length - 1] / 1e6
                };
    }

    /** What the worst delivery took, and when it came. */
    String worst(long sinceNanos) {
        return "worst %d ms after %d s".formatted(worstNanos / 1_000_000, (worstAt - sinceNanos) / 1_000_000_000);
    }

    /** How the first of those ended that did; null: all are open. */
    @Nullable
    String ended() {
        return ended.get();
    }

    /** So many of a hundred deliveries took no longer. */
    double millis(double percentile) {
        long[] sorted = Arrays.copyOf(nanos, Math.min(deliveries.get(), nanos.length));
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(percentile / 100 * sorted.length) - 1] / 1e6;
    }

    @Override
    public void close() {
        sockets.forEach(WebSocket::abort);
    }

    private final class Normal implements WebSocket.Listener {

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            long now = System.nanoTime();
            socket.request(1);
            Matcher data = DATA.matcher(text);
            if (data.find()) {
                int slot = deliveries.getAndIncrement();
                long took = now - Long.parseLong(data.group(1));
                if (slot < nanos.length) {
                    nanos[slot] = took;
                }
                // Where two are the worst at once, either will do.
                if (took > worstNanos) {
                    worstNanos = took;
                    worstAt = now;
                }
            } else if (text.toString().contains("\"op\":\"ok\"")) {
                subscribed.incrementAndGet();
            }
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended.compareAndSet(null, "closed with " + code + ' ' + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            ended.compareAndSet(null, error.toString());
        }
    }
}
