package io.sluice.bench.client;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * How a server is spoken to once the socket is open. Topics are dotted words; each dialect writes them its own way.
 *
 * @param subprotocol offered in the handshake; empty for none
 * @param opcode of what is said
 * @param greeting what a client says to be subscribed to its topics, of which there may be none
 * @param publishing how clients publish
 */
public record Dialect(String subprotocol, int opcode, Greeting greeting, Publishing publishing) {

    /** One thing said, nothing where it is empty, and the bytes in a frame of the answer that say that it was heard. */
    public record Step(byte[] say, byte[] until) {}

    /** What a connection says to be subscribed; empty where the open socket is enough. */
    @FunctionalInterface
    public interface Greeting {
        List<Step> steps(int connection, List<String> topics);
    }

    /** What a client publishes. */
    @FunctionalInterface
    public interface Publishing {

        /** One message whose answer carries {@code stamp}. */
        byte[] message(String topic, String stamp, String body);
    }

    private static final Publishing NONE = (topic, stamp, body) -> {
        throw new IllegalStateException("clients of this server do not publish");
    };

    private static final byte[] NOTHING = {};

    private static final String LOGIN = "guest";

    /** {@code sluice.v1.json}. */
    public static Dialect sluice() {
        return new Dialect(
                "",
                ClientFrames.TEXT,
                (connection, topics) -> List.of(
                        topics.isEmpty()
                                ? new Step(NOTHING, text("\"op\":\"welcome\""))
                                : new Step(text(subscribe(topics)), text("\"op\":\"ok\""))),
                (topic, stamp, body) -> text("{\"op\":\"publish\",\"id\":\"" + stamp + "\",\"topic\":\"" + topic
                        + "\",\"data\":\"" + body + "\"}"));
    }

    private static String subscribe(List<String> topics) {
        return "{\"op\":\"subscribe\",\"id\":\"s\",\"topics\":[\"" + String.join("\",\"", topics) + "\"]}";
    }

    /** Who is connected is subscribed. */
    public static Dialect skeleton() {
        return new Dialect("", ClientFrames.TEXT, (connection, topics) -> List.of(), NONE);
    }

    /** The gateway in {@code bench/node}. */
    public static Dialect node() {
        return new Dialect("", ClientFrames.TEXT, sluice().greeting(), NONE);
    }

    /** STOMP 1.2 over WebSocket, as RabbitMQ's plugin speaks it. */
    public static Dialect stomp() {
        byte[] connect = text("CONNECT\naccept-version:1.2\nhost:/\nlogin:" + LOGIN + "\npasscode:" + LOGIN + "\n\n\0");
        return new Dialect(
                "v12.stomp",
                ClientFrames.TEXT,
                (connection, topics) -> {
                    List<Step> steps = new ArrayList<>();
                    steps.add(new Step(connect, text("CONNECTED")));
                    for (String topic : topics) {
                        steps.add(new Step(
                                text("SUBSCRIBE\nid:" + topic + "\ndestination:/topic/" + topic + "\nreceipt:r\n\n\0"),
                                text("RECEIPT")));
                    }
                    return steps;
                },
                (topic, stamp, body) ->
                        text("SEND\ndestination:/topic/" + topic + "\nreceipt:" + stamp + "\n\n" + body + "\0"));
    }

    /** MQTT 3.1.1 over WebSocket, QoS 0, as RabbitMQ's plugin speaks it. */
    public static Dialect mqtt() {
        return new Dialect(
                "mqtt",
                ClientFrames.BINARY,
                (connection, topics) -> {
                    List<Step> steps = new ArrayList<>();
                    steps.add(new Step(mqttConnect("bench-" + connection), new byte[] {0x20, 0x02}));
                    for (String topic : topics) {
                        steps.add(new Step(mqttSubscribe(topic.replace('.', '/')), new byte[] {(byte) 0x90, 0x03}));
                    }
                    return steps;
                },
                NONE);
    }

    private static byte[] mqttConnect(String client) {
        int cleanSessionWithLogin = 0xC2;
        ByteBuffer body = ByteBuffer.allocate(100);
        string(body, "MQTT").put((byte) 4).put((byte) cleanSessionWithLogin).putShort((short) 0);
        string(string(string(body, client), LOGIN), LOGIN);
        return packet(0x10, body);
    }

    private static byte[] mqttSubscribe(String topic) {
        ByteBuffer body = ByteBuffer.allocate(100).putShort((short) 1);
        return packet(0x82, string(body, topic).put((byte) 0));
    }

    /** Remaining lengths up to 127 are one byte. */
    private static byte[] packet(int type, ByteBuffer body) {
        body.flip();
        return ByteBuffer.allocate(2 + body.remaining())
                .put((byte) type)
                .put((byte) body.remaining())
                .put(body)
                .array();
    }

    private static ByteBuffer string(ByteBuffer into, String text) {
        return into.putShort((short) text.length()).put(text(text));
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
