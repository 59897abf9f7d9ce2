package io.sluice.bench;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.sluice.bench.FanoutLoad.Figures;
import io.sluice.bridge.amqp.TestBroker;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Fan-out, 1 publisher, 1,000 subscribers, 128 bytes, saturated: Sluice (AMQP in, rules, grants, limits, metrics) and a bare Netty
 * skeleton, in turn, several times. Prints deliveries per second, server CPU per delivery, and the ratio of each pair.
 */
public final class FanoutBench {

    private static final int SUBSCRIBERS = Integer.getInteger("subscribers", 1000);
    private static final int BYTES = Integer.getInteger("bytes", 128);
    private static final int PAIRS = Integer.getInteger("pairs", 3);
    private static final int WARM_UP_SECONDS = Integer.getInteger("warmup", 6);
    private static final int SECONDS = Integer.getInteger("seconds", 5);
    private static final String TOPIC = "bench";

    private FanoutBench() {}

    public static void main(String[] args) throws Exception {
        List<Figures> sluice = new ArrayList<>();
        List<Figures> skeleton = new ArrayList<>();
        System.out.printf(
                "fan-out: 1 publisher, %d subscribers, %d B, saturated, window 64, %d pairs of %d s%n",
                SUBSCRIBERS, BYTES, PAIRS, SECONDS);
        try (TestBroker broker = TestBroker.shared()) {
            for (int pair = 1; pair <= PAIRS; pair++) {
                skeleton.add(skeleton());
                print("skeleton", skeleton.get(skeleton.size() - 1));
                sluice.add(sluice(broker.uri()));
                print("sluice", sluice.get(sluice.size() - 1));
                System.out.printf(
                        "  pair %d: CPU per delivery, sluice / skeleton = %.2f%n",
                        pair, ratio(sluice, skeleton, pair - 1));
            }
        }
        double[] ratios = new double[PAIRS];
        for (int i = 0; i < PAIRS; i++) {
            ratios[i] = ratio(sluice, skeleton, i);
        }
        Arrays.sort(ratios);
        System.out.printf("median %.2f (from %.2f to %.2f)%n", ratios[PAIRS / 2], ratios[0], ratios[PAIRS - 1]);
        System.exit(0);
    }

    private static double ratio(List<Figures> sluice, List<Figures> skeleton, int pair) {
        return sluice.get(pair).cpuMicrosPerDelivery() / skeleton.get(pair).cpuMicrosPerDelivery();
    }

    private static void print(String name, Figures figures) {
        System.out.printf(
                "  %-9s %,12.0f deliveries/s %8.3f µs CPU per delivery%n",
                name, figures.deliveriesPerSecond(), figures.cpuMicrosPerDelivery());
    }

    private static Figures skeleton() throws Exception {
        try (ServerProcess server = new ServerProcess(Skeleton.class.getName(), "skeleton ready")) {
            String[] words = server.readyLine().split(" ", -1);
            try (Receivers receivers = new Receivers(Integer.parseInt(words[2]), SUBSCRIBERS, List.of(), "");
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(words[3]))) {
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
                Publisher publisher = message -> {
                    out.writeInt(message.length);
                    out.write(message);
                    out.flush();
                };
                byte[] message = message();
                int frame = message.length + (message.length <= 125 ? 2 : 4);
                return new FanoutLoad(receivers, server, publisher, message, SUBSCRIBERS, frame)
                        .run(WARM_UP_SECONDS, SECONDS);
            }
        }
    }

    private static Figures sluice(String uri) throws Exception {
        Path configuration = Files.createTempFile("sluice-bench", ".yaml");
        Files.writeString(configuration, """
                listeners: [{host: 127.0.0.1, port: 0}]
                operations: {host: 127.0.0.1, port: 0}
                amqp: {uris: ["%s"]}
                insecure: true
                authentication: {anonymous: true}
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{subscribe: ["#"]}]
                limits: {connectionsPerAddress: 100000}
                """.formatted(uri));
        try (ServerProcess server = new ServerProcess(
                        "io.sluice.gateway.Main", "sluice ready", "serve", "--config", configuration.toString());
                Connection connection = connect(uri)) {
            int port = Integer.parseInt(server.readyLine().split(" ", -1)[2].replaceAll(".*:", ""));
            String subscribe = "{\"op\":\"subscribe\",\"id\":\"s\",\"topic\":\"" + TOPIC + "\"}";
            try (Receivers receivers = new Receivers(port, SUBSCRIBERS, List.of(subscribe), "\"op\":\"ok\"")) {
                Channel channel = connection.createChannel();
                Publisher publisher = message -> channel.basicPublish("amq.topic", TOPIC, null, message);
                byte[] message = message();
                return new FanoutLoad(
                                receivers,
                                server,
                                publisher,
                                message,
                                SUBSCRIBERS,
                                frameBytes(receivers, publisher, message))
                        .run(WARM_UP_SECONDS, SECONDS);
            }
        } finally {
            Files.delete(configuration);
        }
    }

    /** One message to all, to see how many bytes it is on the wire. */
    private static int frameBytes(Receivers receivers, Publisher publisher, byte[] message) throws Exception {
        publisher.publish(message);
        long seen = -1;
        for (int still = 0; still < 10 || seen <= 0; still++) {
            Thread.sleep(100);
            if (receivers.bytes() != seen) {
                seen = receivers.bytes();
                still = 0;
            }
        }
        return Math.toIntExact(seen / SUBSCRIBERS);
    }

    private static Connection connect(String uri) throws Exception {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setUri(uri);
        return factory.newConnection("bench");
    }

    /** A JSON string of {@link #BYTES} bytes. */
    private static byte[] message() {
        return ('"' + "x".repeat(BYTES - 2) + '"').getBytes(StandardCharsets.US_ASCII);
    }
}
