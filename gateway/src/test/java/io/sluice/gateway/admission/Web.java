package io.sluice.gateway.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** A web server on the loopback address whose one answer the test chooses, and that remembers what it was asked. */
public final class Web implements AutoCloseable {

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    /** With the 50 of the JDK, some of 256 connections at once wait for a second SYN, and a third: as long as a client waits. */
    private static final int BACKLOG = 1024;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;
    private final String scheme;
    private final AtomicInteger asked = new AtomicInteger();
    private final Queue<String> bodies = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Answer answer = exchange -> exchange.sendResponseHeaders(404, -1);

    public Web() throws IOException {
        this(HttpServer.create(), "http");
    }

    /** One that speaks TLS. */
    Web(SSLContext tls) throws IOException {
        this(secure(tls), "https");
    }

    private Web(HttpServer server, String scheme) throws IOException {
        this.server = server;
        this.scheme = scheme;
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            bodies.add(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            asked.incrementAndGet();
            try (exchange) {
                answer.to(exchange);
            }
        });
        server.start();
    }

    private static HttpServer secure(SSLContext tls) throws IOException {
        HttpsServer server = HttpsServer.create();
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        return server;
    }

    public URI uri(String path) {
        return URI.create(scheme + "://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    public Web answers(int status, String body) {
        answer = exchange -> {
            byte[] bytes = body.getBytes(UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        };
        return this;
    }

    public Web redirects(String location) {
        answer = exchange -> {
            exchange.getResponseHeaders().set("location", location);
            exchange.sendResponseHeaders(302, -1);
        };
        return this;
    }

    /** A body that never ends. */
    public Web answersForEver() {
        answer = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] piece = " ".repeat(8192).getBytes(UTF_8);
            OutputStream body = exchange.getResponseBody();
            while (closing.getCount() > 0) {
                body.write(piece);
            }
        };
        return this;
    }

    /** Nothing, until {@code released} or the end of the test. */
    public Web answersAfter(CountDownLatch released, int status, String body) {
        answer = exchange -> {
            try {
                released.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
            answers(status, body).answer.to(exchange);
        };
        return this;
    }

    /** How often it was asked. */
    public int asked() {
        return asked.get();
    }

    /** The bodies of the requests, in order. */
    public Queue<String> bodies() {
        return bodies;
    }

    @Override
    public void close() {
        closing.countDown();
        threads.shutdownNow();
        server.stop(0);
    }
}
