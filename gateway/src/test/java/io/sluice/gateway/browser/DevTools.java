package io.sluice.gateway.browser;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The Chrome DevTools Protocol of one tab: commands with an answer, and events. Any thread may call; one command at a time is sent. */
final class DevTools implements AutoCloseable, WebSocket.Listener {

    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    private final JsonMapper json = JsonMapper.shared();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final StringBuilder partial = new StringBuilder();
    private volatile BiConsumer<String, JsonNode> events = (method, parameters) -> {};
    private @Nullable WebSocket socket;

    private DevTools() {}

    static DevTools connect(HttpClient http, URI address) {
        var tools = new DevTools();
        tools.socket = http.newWebSocketBuilder().buildAsync(address, tools).join();
        return tools;
    }

    /** Events arrive on a thread of the HTTP client, in order: {@code method}, {@code params}. */
    void onEvent(BiConsumer<String, JsonNode> listener) {
        events = listener;
    }

    /** Sends a command and waits for its result; fails with the browser's own words if it refuses. */
    JsonNode command(String method, Map<String, ?> parameters) {
        int id = ids.incrementAndGet();
        var answer = new CompletableFuture<JsonNode>();
        answers.put(id, answer);
        send(json.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)));
        try {
            return answer.orTimeout(TIMEOUT.toSeconds(), TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new IllegalStateException(method + " failed: " + e.getCause(), e);
        } finally {
            answers.remove(id);
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.abort();
        }
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            JsonNode message = json.readTree(partial.toString());
            partial.setLength(0);
            receive(message);
        }
        from.request(1);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        answers.values().forEach(answer -> answer.completeExceptionally(error));
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        onError(from, new IllegalStateException("the browser closed the tab"));
        return null;
    }

    private synchronized void send(String text) {
        if (socket != null) {
            socket.sendText(text, true).join();
        }
    }

    private void receive(JsonNode message) {
        if (!message.has("id")) {
            events.accept(message.path("method").asString(), message.path("params"));
            return;
        }
        CompletableFuture<JsonNode> answer = answers.get(message.get("id").intValue());
        if (answer == null) {
            return;
        }
        if (message.has("error")) {
            answer.completeExceptionally(
                    new IllegalStateException(message.get("error").toString()));
        } else {
            answer.complete(message.path("result"));
        }
    }
}
