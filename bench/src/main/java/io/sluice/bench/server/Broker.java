package io.sluice.bench.server;

import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.sluice.bridge.amqp.PluginBroker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** The private RabbitMQ of a run: the source of all messages, and with its plugins itself a server under test. */
public final class Broker implements AutoCloseable {

    private static final double QUIET = 0.1;
    private static final int PATIENCE_SECONDS = 120;

    private final PluginBroker node;
    private final int stompPort;
    private final int mqttPort;

    private Broker(PluginBroker node, int stompPort, int mqttPort) {
        this.node = node;
        this.stompPort = stompPort;
        this.mqttPort = mqttPort;
    }

    /** Starts one with Web STOMP and Web MQTT on free ports. */
    public static Broker start() throws IOException {
        int stomp = freePort();
        int mqtt = freePort();
        return new Broker(
                PluginBroker.start(
                        List.of("rabbitmq_web_stomp", "rabbitmq_web_mqtt"),
                        List.of(
                                "web_stomp.tcp.ip = 127.0.0.1",
                                "web_stomp.tcp.port = " + stomp,
                                "web_mqtt.tcp.ip = 127.0.0.1",
                                "web_mqtt.tcp.port = " + mqtt,
                                "stomp.listeners.tcp.1 = 127.0.0.1:" + freePort(),
                                "mqtt.listeners.tcp.1 = 127.0.0.1:" + freePort())),
                stomp,
                mqtt);
    }

    public String uri() {
        return node.uri();
    }

    /** Of RabbitMQ. */
    public String version() throws IOException {
        try (Connection connection = connect()) {
            return String.valueOf(connection.getServerProperties().get("version"));
        }
    }

    public OsProcess process() {
        return new OsProcess(node.pid());
    }

    int stompPort() {
        return stompPort;
    }

    int mqttPort() {
        return mqttPort;
    }

    /** A new AMQP connection. */
    public Connection connect() throws IOException {
        try {
            ConnectionFactory factory = new ConnectionFactory();
            factory.setUri(uri());
            return factory.newConnection("bench");
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Returns when it has nothing left to do: a thousand queues that go keep it busy for seconds, which the next load would pay for. */
    public void settle() throws IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        double before = process().cpuSeconds();
        while (System.nanoTime() < end) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(500));
            double now = process().cpuSeconds();
            if (now - before < QUIET * 0.5) {
                return;
            }
            before = now;
        }
    }

    @Override
    public void close() {
        node.close();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
