package io.sluice.gateway;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.WebSocketHandshakeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** An opening handshake that is being put together. */
final class Dial {

    private record Header(String name, String value) {}

    private final URI uri;
    private final List<Header> headers = new ArrayList<>();
    private List<String> subprotocols = List.of();
    private HttpClient http = Node.HTTP;
    private long demand = Long.MAX_VALUE;

    Dial(URI uri) {
        this.uri = uri;
    }

    Dial header(String name, String value) {
        headers.add(new Header(name, value));
        return this;
    }

    Dial bearer(String token) {
        return header("Authorization", "Bearer " + token);
    }

    Dial subprotocols(String... names) {
        subprotocols = List.of(names);
        return this;
    }

    Dial query(String query) {
        Dial dial = new Dial(URI.create(uri + "?" + query));
        dial.headers.addAll(headers);
        dial.subprotocols = subprotocols;
        return dial;
    }

    Dial with(HttpClient client) {
        http = client;
        return this;
    }

    /** The client stops reading after this many messages, until it is told to go on. */
    Dial reading(long messages) {
        demand = messages;
        return this;
    }

    URI uri() {
        return uri;
    }

    /** The open connection; fails where the handshake is refused. */
    Client open() {
        return openLater()
                .orTimeout(Client.PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    CompletableFuture<Client> openLater() {
        var builder = http.newWebSocketBuilder();
        headers.forEach(header -> builder.header(header.name(), header.value()));
        if (!subprotocols.isEmpty()) {
            String[] others = subprotocols.subList(1, subprotocols.size()).toArray(String[]::new);
            builder.subprotocols(subprotocols.get(0), Arrays.copyOf(others, others.length));
        }
        Client client = new Client(demand);
        return builder.buildAsync(uri, client).thenApply(client::on);
    }

    /** The answer to a handshake that is refused; fails where it is accepted. */
    HttpResponse<?> refusal() {
        try {
            Client client = open();
            client.close();
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse();
            }
            throw e;
        }
        throw new AssertionError("the handshake was accepted");
    }
}
