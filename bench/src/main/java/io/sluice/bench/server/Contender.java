package io.sluice.bench.server;

import io.sluice.bench.client.Dialect;
import io.sluice.bench.client.Endpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Who is measured beside whom. */
public enum Contender {

    /** The product. */
    SLUICE("Sluice") {
        @Override
        public Server start(Broker broker) throws IOException {
            return SluiceServer.DEFAULT.start(broker);
        }
    },

    /** The least that Netty can do: the floor. */
    SKELETON("bare Netty") {
        @Override
        public Server start(Broker broker) throws IOException {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(JvmOptions.ALL);
            command.addAll(List.of(
                    "-Dio.netty.leakDetection.level=disabled",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Skeleton.class.getName()));
            Spawned spawned = Spawned.start("skeleton ready", command, Map.of());
            return new Server(
                    spawned.process(),
                    Endpoint.plain(Integer.parseInt(spawned.word(2)), Dialect.skeleton()),
                    new FramedPublisher(Integer.parseInt(spawned.word(3))),
                    -1,
                    spawned);
        }
    },

    NODE("Node with ws and amqplib") {
        @Override
        public Server start(Broker broker) throws IOException {
            return NodeServer.start(broker);
        }
    },

    /** RabbitMQ itself, by its plugin: the broker's CPU time is the server's. */
    WEB_STOMP("RabbitMQ Web STOMP") {
        @Override
        public Server start(Broker broker) throws IOException {
            return plugin(broker, broker.stompPort(), Dialect.stomp());
        }
    },

    WEB_MQTT("RabbitMQ Web MQTT") {
        @Override
        public Server start(Broker broker) throws IOException {
            return plugin(broker, broker.mqttPort(), Dialect.mqtt());
        }
    };

    private final String title;

    Contender(String title) {
        this.title = title;
    }

    /** What a reader knows it by. */
    public String title() {
        return title;
    }

    /** Whether it is the broker itself. */
    public boolean isBroker() {
        return this == WEB_STOMP || this == WEB_MQTT;
    }

    /**
     * Starts it and returns when it is ready.
     *
     * @throws IOException with a sentence, where what it needs is not to be had
     */
    public abstract Server start(Broker broker) throws IOException;

    private static Server plugin(Broker broker, int port, Dialect dialect) throws IOException {
        return new Server(broker.process(), Endpoint.plain(port, dialect), new AmqpPublisher(broker), -1, () -> {});
    }
}
