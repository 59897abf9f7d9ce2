package io.sluice.gateway;

import io.sluice.gateway.Ledger.Entry;
import java.net.URI;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that goes on: it connects, and connects again when its connection ends, to whichever node it is told. Everything happens on one
 * thread at a time.
 */
abstract class LedgerSession implements WebSocket.Listener, AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration AGAIN = Duration.ofMillis(300);
    private static final Duration CONNECT = Duration.ofSeconds(5);

    final Ledger ledger;
    final String name;
    final ScheduledExecutorService timer;

    private final IntFunction<URI> nodes;
    private final StringBuilder partial = new StringBuilder();
    private final AtomicInteger pongs = new AtomicInteger();
    private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
    private volatile @Nullable WebSocket socket;
    private final AtomicInteger openings = new AtomicInteger();
    private final AtomicInteger refusals = new AtomicInteger();
    private volatile boolean ended;
    private volatile @Nullable URI at;
    private volatile long againMillis = AGAIN.toMillis();
    private int connections;

    /** @param nodes where to connect, by the number of the attempt, from 0 */
    LedgerSession(String name, Ledger ledger, IntFunction<URI> nodes, ScheduledExecutorService timer) {
        this.name = name;
        this.ledger = ledger;
        this.nodes = nodes;
        this.timer = timer;
    }

    /** Welcomed, for the first time or again. */
    abstract void opened();

    abstract void received(JsonNode message);

    /** The connection is over, and what it was owed will not come. */
    abstract void lost();

    /** Whether everything is as it should be at the end. */
    abstract boolean complete();

    final void connect() {
        if (ended) {
            return;
        }
        URI uri = nodes.apply(connections++);
        at = uri;
        Node.HTTP
                .newWebSocketBuilder()
                .connectTimeout(CONNECT)
                .buildAsync(uri, this)
                .exceptionally(refused -> {
                    refusals.incrementAndGet();
                    again();
                    return null;
                });
    }

    final synchronized void send(String text) {
        WebSocket open = socket;
        if (open != null) {
            sending = sending.thenCompose(done -> open.sendText(text, true)).exceptionally(gone -> null);
        }
    }

    final boolean connected() {
        return socket != null;
    }

    /** Whether the latest attempt to connect went to this node. */
    final boolean at(URI node) {
        return node.equals(at);
    }

    /** Asks for a pong. */
    final void ping() {
        send("{\"op\":\"ping\"}");
    }

    /** How many have come. */
    final int pongs() {
        return pongs.get();
    }

    /** How many attempts to connect succeeded. */
    final int openings() {
        return openings.get();
    }

    /** How many attempts to connect failed. */
    final int refusals() {
        return refusals.get();
    }

    static Entry entry(String topic, JsonNode data) {
        return new Entry(topic, data.path("s").asString(), data.path("n").asInt());
    }

    @Override
    public void onOpen(WebSocket open) {
        synchronized (this) {
            sending = CompletableFuture.completedFuture(null);
            socket = open;
        }
        openings.incrementAndGet();
        partial.setLength(0);
        open.request(Long.MAX_VALUE);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            JsonNode message = JSON.readTree(partial.toString());
            partial.setLength(0);
            switch (message.path("op").asString()) {
                case "welcome" -> opened();
                case "pong" -> pongs.incrementAndGet();
                case "goaway" -> againMillis = message.path("reconnect").asLong();
                default -> received(message);
            }
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        over(from);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        over(from);
    }

    @Override
    public void close() {
        ended = true;
        WebSocket open = socket;
        if (open != null) {
            open.abort();
        }
    }

    private void over(WebSocket from) {
        synchronized (this) {
            if (socket != from) {
                return;
            }
            socket = null;
        }
        lost();
        again();
    }

    private void again() {
        if (!ended) {
            timer.schedule(this::connect, againMillis, TimeUnit.MILLISECONDS);
            againMillis = AGAIN.toMillis();
        }
    }
}
