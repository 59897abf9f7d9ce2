package io.sluice.gateway;

import io.sluice.bridge.amqp.TestBroker;
import io.sluice.gateway.config.Configuration;
import io.sluice.gateway.config.ConfigurationLoader;
import io.sluice.gateway.config.LoadResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;

/** A whole gateway in this JVM, configured as an operator does it: by YAML. Its ports are free ones of the loopback address. */
final class Node implements AutoCloseable {

    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** For the {@code secret} of an issuer; {@link Jwt} signs with it. */
    static final String SECRET = "the secret of the whole-gateway tests";

    /** Everybody may do everything on {@code amq.topic}. */
    static final String OPEN = """
            insecure: true
            authentication: {anonymous: true}
            topics:
              - {match: "#", exchange: amq.topic, overflow: dropOldest}
            permissions:
              - {subscribe: ["#"], publish: ["#"]}
            """;

    /** Everybody may come: with no token, or with one that {@link Jwt} makes. */
    static final String ANYBODY = """
            insecure: true
            authentication:
              anonymous: true
              jwt: [{issuer: tests, algorithms: [HS256], secret: "${SECRET}"}]
            """;

    private static final String LOOPBACK = """
            listeners: [{host: 127.0.0.1, port: 0}]
            """;
    private static final String OPERATIONS = """
            operations: {host: 127.0.0.1, port: 0}
            """;
    private static final String AMQP = """
            amqp: {uris: ["${AMQP}"]}
            """;

    private final Gateway gateway;

    private Node(Gateway gateway) {
        this.gateway = gateway;
    }

    /** A node on the shared broker, ready. */
    static Node start(String yaml) {
        return start(TestBroker.shared(), yaml);
    }

    /** A node on {@code broker}, ready. */
    static Node start(TestBroker broker, String yaml) {
        return ready(startWithoutWaiting(broker, yaml));
    }

    private static Node ready(Node node) {
        try {
            node.gateway.awaitReady();
            return node;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            node.close();
            throw new IllegalStateException("interrupted while the node connected to its broker", e);
        }
    }

    /** A node on the broker at {@code uri}, ready. */
    static Node startOn(String uri, String yaml) {
        return ready(startWithoutWaiting(uri, yaml));
    }

    /** As {@link #start}, but the broker may come later. */
    static Node startWithoutWaiting(TestBroker broker, String yaml) {
        return startWithoutWaiting(broker.uri(), yaml);
    }

    /** A node as configured, ready. */
    static Node of(Configuration configuration) {
        return ready(starting(configuration));
    }

    private static Node startWithoutWaiting(String uri, String yaml) {
        return starting(configuration(uri, yaml));
    }

    private static Node starting(Configuration configuration) {
        try {
            return new Node(Gateway.start(configuration));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code yaml} means, beside the ports and the broker that every test has; {@code listeners} and {@code amqp} may be its own. */
    static Configuration configuration(TestBroker broker, String yaml) {
        return configuration(broker.uri(), yaml);
    }

    private static Configuration configuration(String uri, String yaml) {
        LoadResult result =
                ConfigurationLoader.parse("test.yaml", withPorts(yaml), Map.of("AMQP", uri, "SECRET", SECRET));
        if (result instanceof LoadResult.Loaded loaded && loaded.refusals().isEmpty()) {
            return loaded.configuration();
        }
        throw new IllegalArgumentException(result.toString());
    }

    /** {@code yaml} with free ports, and {@code ${AMQP}} for the broker's address. */
    static String withPorts(String yaml) {
        return (yaml.contains("listeners:") ? "" : LOOPBACK)
                + (yaml.contains("operations:") ? "" : OPERATIONS)
                + (yaml.startsWith("amqp:") ? "" : AMQP)
                + yaml;
    }

    /** The public port. */
    InetSocketAddress address() {
        return gateway.addresses().get(0);
    }

    InetSocketAddress operationsAddress() {
        return gateway.operationsAddress();
    }

    Gateway gateway() {
        return gateway;
    }

    /** Connects and takes the welcome. */
    Client connect() {
        Client client = dial().open();
        client.expect("welcome");
        return client;
    }

    Dial dial() {
        return new Dial(URI.create("ws://127.0.0.1:" + address().getPort() + "/ws"));
    }

    /** GET on the public port. */
    HttpResponse<String> get(String path) {
        return get(address(), path);
    }

    /** GET on the operations port. */
    HttpResponse<String> operations(String path) {
        return get(operationsAddress(), path);
    }

    /** One sample of {@code /metrics}, named as Prometheus writes it, labels included; 0 where there is none. */
    double metric(String sample) {
        return operations("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
                .findFirst()
                .orElse(0);
    }

    @Override
    public void close() {
        gateway.close();
    }

    private static HttpResponse<String> get(InetSocketAddress address, String path) {
        URI uri = URI.create("http://127.0.0.1:" + address.getPort() + path);
        try {
            return HTTP.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
