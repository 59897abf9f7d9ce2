package io.sluice.bench.server;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

/** What {@code /metrics} of a gateway says at one moment, in Prometheus's text format. */
public record Metrics(String text) {

    public static Metrics of(Server server) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + server.operationsPort() + "/metrics");
        try {
            return new Metrics(HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                    .body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** The sum of all series of {@code name}; 0 where there is none. */
    public double sum(String name) {
        return text.lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll(".* ", "")))
                .sum();
    }
}
