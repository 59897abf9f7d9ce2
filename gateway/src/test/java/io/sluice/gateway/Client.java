package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A client that is not ours: the JDK's WebSocket. It keeps what it receives, in order, until the test asks for it. One test thread asks;
 * what does not come within {@link #PATIENCE} fails.
 */
final class Client implements AutoCloseable, WebSocket.Listener {

    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Reads whatever the gateway may send, and that is deeper than Jackson's default. */
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(600).build())
                    .build())
            .build();

    /** One message: its bytes as they came, and what they mean. */
    record Received(String text, JsonNode json) {

        String op() {
            return json.path("op").asString();
        }

        /** The bytes between {@code "field":} and the end of the object: those of a payload, which stands last. */
        String raw(String field) {
            String name = "\"" + field + "\":";
            return text.substring(text.indexOf(name) + name.length(), text.length() - 1);
        }
    }

    record Closed(int code, String reason) {}

    private final BlockingQueue<Received> inbox = new LinkedBlockingQueue<>();
    private final Deque<Received> passedOver = new ArrayDeque<>();
    private final CompletableFuture<Closed> closed = new CompletableFuture<>();
    private final StringBuilder partial = new StringBuilder();
    private final long demand;
    private @Nullable WebSocket socket;
    private int ids;

    /** @param demand how many messages it reads before {@link #readOn} */
    Client(long demand) {
        this.demand = demand;
    }

    Client on(WebSocket open) {
        socket = open;
        return this;
    }

    /** The subprotocol that was agreed; empty for none. */
    String subprotocol() {
        return socket().getSubprotocol();
    }

    void send(String text) {
        socket().sendText(text, true).join();
    }

    WebSocket socket() {
        return Objects.requireNonNull(socket, "not open");
    }

    /** Sends a command, written without its {@code id}, and gives the answer to it; what else comes meanwhile is kept. */
    Received ask(String command) {
        int id = ++ids;
        send("{\"id\":" + id + "," + command.substring(1));
        return await(id);
    }

    /** The answer with this {@code id}; what comes before it is kept. */
    Received await(int id) {
        return await(received -> received.json().path("id").asInt(-1) == id, "the answer to " + id);
    }

    /** Subscribes, and takes the {@code ok}. */
    Client subscribe(String pattern) {
        assertThat(ask("{\"op\":\"subscribe\",\"topic\":\"" + pattern + "\"}").op())
                .isEqualTo("ok");
        return this;
    }

    /** The next message, which must be this one. */
    Received expect(String op) {
        Received next = next();
        assertThat(next.op()).as(next.text()).isEqualTo(op);
        return next;
    }

    /** The next message with this {@code op}; what comes before it is kept. */
    Received await(String op) {
        return await(received -> received.op().equals(op), "a message of op " + op);
    }

    /** Everything that was sent before now has come, and there is nothing of it left that nobody asked for. */
    void expectNothing() {
        Received pong = ask("{\"op\":\"ping\"}");
        assertThat(pong.op()).isEqualTo("pong");
        assertThat(passedOver).as("messages that nobody asked for").isEmpty();
    }

    /** How many messages wait here. */
    int waiting() {
        return inbox.size();
    }

    /** How many messages came and were passed over. */
    int kept() {
        return passedOver.size();
    }

    boolean isOpen() {
        return !closed.isDone();
    }

    /** Waits for the server's close. What came before it is still to be asked for. */
    Closed closed() {
        return closed.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        socket().abort();
    }

    @Override
    public void onOpen(WebSocket open) {
        open.request(demand);
    }

    /** Reads everything from now on. */
    void readOn() {
        socket().request(Long.MAX_VALUE - demand);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            String text = partial.toString();
            partial.setLength(0);
            inbox.add(new Received(text, JSON.readTree(text)));
        }
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(new Closed(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.completeExceptionally(error);
    }

    /** The next message, whatever it is. */
    Received next() {
        Received kept = passedOver.poll();
        return kept != null ? kept : poll("a message");
    }

    private Received await(Predicate<Received> wanted, String what) {
        for (Received kept : passedOver) {
            if (wanted.test(kept)) {
                passedOver.remove(kept);
                return kept;
            }
        }
        Received next = poll(what);
        while (!wanted.test(next)) {
            passedOver.add(next);
            next = poll(what);
        }
        return next;
    }

    private Received poll(String what) {
        try {
            Received next = inbox.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no " + what + "; closed: " + closed + "; unasked for: " + passedOver);
            }
            return next;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
