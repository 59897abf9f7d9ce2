package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** A client that sends whatever bytes it is told, and reads what comes back frame by frame. */
final class Conversation implements AutoCloseable {

    /** A frame of the server's. */
    record Frame(int b0, byte[] payload) {

        /** {@code text abc}, {@code binary 00ff}, {@code pong 00ff}, {@code close 1002}, {@code close} where there is no code. */
        @Override
        public String toString() {
            String hex = HexFormat.of().formatHex(payload);
            return switch (b0) {
                case 0x81 -> "text " + new String(payload, StandardCharsets.UTF_8);
                case 0x82 -> "binary " + hex;
                case 0x88 ->
                    payload.length == 0
                            ? "close"
                            : "close " + (ByteBuffer.wrap(payload).getShort() & 0xFFFF);
                case 0x8A -> "pong " + hex;
                default -> "%02x %s".formatted(b0, hex);
            };
        }
    }

    private static final String REQUEST = """
            GET /chat HTTP/1.1
            Host: server.example.com
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            """;

    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;
    private final List<String> response;

    Conversation(int port) throws IOException {
        this(port, List.of());
    }

    /** @param headers lines of the request, beside those that each has */
    Conversation(int port, List<String> headers) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        out = socket.getOutputStream();
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        String request = REQUEST + headers.stream().map(line -> line + "\n").collect(Collectors.joining()) + "\n";
        out.write(request.replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        response = head.toString().lines().toList();
        assertThat(response.get(0)).startsWith("HTTP/1.1 101 ");
    }

    /** The values of the response's headers of this name. */
    List<String> headers(String name) {
        String start = name + ": ";
        return response.stream()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(start.length()))
                .toList();
    }

    Conversation send(String notation) throws IOException {
        return send(ClientBytes.of(notation));
    }

    Conversation send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /** In writes of {@code piece} bytes. */
    Conversation sendInPieces(byte[] bytes, int piece) throws IOException {
        for (int from = 0; from < bytes.length; from += piece) {
            out.write(bytes, from, Math.min(piece, bytes.length - from));
        }
        return this;
    }

    Frame next() throws IOException {
        int b0 = in.readUnsignedByte();
        int b1 = in.readUnsignedByte();
        assertThat(b1 & 0x80).as("RFC 6455, 5.1: a server does not mask").isZero();
        long length = b1 < 126 ? b1 : b1 == 126 ? in.readUnsignedShort() : in.readLong();
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return new Frame(b0, payload);
    }

    Conversation expect(String... frames) throws IOException {
        for (String frame : frames) {
            assertThat(next()).hasToString(frame);
        }
        return this;
    }

    /** The next frame is a whole message of exactly these bytes. */
    Conversation expect(int b0, byte[] payload) throws IOException {
        Frame frame = next();
        assertThat(frame.b0()).isEqualTo(b0);
        assertThat(Arrays.equals(frame.payload(), payload))
                .as("a payload of %d bytes", payload.length)
                .isTrue();
        return this;
    }

    /** The server ends its stream, and nothing was lost to a reset. */
    void expectEnd() throws IOException {
        assertThat(in.read()).isEqualTo(-1);
    }

    /** The closing handshake, begun by this side. */
    void hangUp() throws IOException {
        send("88 82 M 03e8").expect("close 1000").expectEnd();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
