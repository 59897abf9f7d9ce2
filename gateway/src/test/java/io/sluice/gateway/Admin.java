package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An operator with the token, as with curl. */
record Admin(Node node) {

    static final String TOKEN = "the operators' secret";

    /** For the YAML of a node. */
    static final String OPERATIONS = "operations: {host: 127.0.0.1, port: 0, adminToken: \"" + TOKEN + "\"}\n";

    /** The answer to GET, which must be 200. */
    JsonNode get(String path) {
        HttpResponse<String> answer = send("GET", path);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JsonMapper.shared().readTree(answer.body());
    }

    /** The sessions in the answer to GET. */
    List<JsonNode> sessions(String query) {
        return list(get("sessions" + query).path("sessions"));
    }

    HttpResponse<String> send(String method, String path) {
        return send(method, path, "Bearer " + TOKEN, BodyHandlers.ofString());
    }

    <T> HttpResponse<T> send(String method, String path, String authorization, BodyHandler<T> body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri("/admin/" + path));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        try {
            return Node.HTTP.send(
                    request.method(method, BodyPublishers.noBody()).build(), body);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** The lines of a tap, as they come; the head has come when this returns. */
    Tapped tap(String query) {
        HttpResponse<Stream<String>> answer = send("GET", "tap?" + query, "Bearer " + TOKEN, BodyHandlers.ofLines());
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        return new Tapped(answer.body());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + node.operationsAddress().getPort() + path);
    }

    static List<JsonNode> list(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    /** What a tap tells. */
    static final class Tapped implements AutoCloseable {
        private final Stream<String> lines;
        private final java.util.Iterator<String> iterator;

        private Tapped(Stream<String> lines) {
            this.lines = lines;
            iterator = lines.iterator();
        }

        /** The data of the next event, which must be this one. */
        JsonNode next(String event) {
            assertThat(iterator.next()).isEqualTo("event: " + event);
            String data = iterator.next();
            assertThat(data).startsWith("data: ");
            assertThat(iterator.next()).isEmpty();
            return JsonMapper.shared().readTree(data.substring("data: ".length()));
        }

        boolean over() {
            return !iterator.hasNext();
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
