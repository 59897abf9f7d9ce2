package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A TCP connection for what no client library would send. */
final class RawSocket implements AutoCloseable {

    /** A masked close frame with no code. */
    static final String CLOSE = "\u0088\u0080\0\0\0\0";

    /** A masked pong with no payload. */
    static final String PONG = "\u008A\u0080\0\0\0\0";

    private final Socket socket;

    RawSocket(InetSocketAddress address) throws IOException {
        this(new Socket(), address);
    }

    /** @param socket not yet connected, for one that speaks TLS */
    RawSocket(Socket socket, InetSocketAddress address) throws IOException {
        this.socket = socket;
        socket.connect(address);
        socket.setSoTimeout((int) Client.PATIENCE.toMillis());
    }

    /** The request that opens a WebSocket, with these header lines more. */
    static String upgrade(String... lines) {
        List<String> request = new ArrayList<>(List.of(
                "GET /ws HTTP/1.1",
                "Host: localhost",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
        request.addAll(List.of(lines));
        return String.join("\r\n", request) + "\r\n\r\n";
    }

    /** A masked text frame of at most 125 ASCII characters; the masking key is zero. */
    static String text(String payload) {
        return "\u0081" + (char) (0x80 | payload.length()) + "\0\0\0\0" + payload;
    }

    RawSocket send(String latin1) throws IOException {
        return send(latin1.getBytes(ISO_8859_1));
    }

    RawSocket send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Nothing more will be sent. */
    RawSocket endOfOutput() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Ends the connection with RST instead of FIN. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
    }

    /** Everything until the other side ends the connection, which it must within {@link Client#PATIENCE}. */
    String rest() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(all);
        } catch (SocketException reset) {
            // What was unread when the other side closed.
        }
        return all.toString(ISO_8859_1);
    }

    /** Up to the end of the response's head. */
    String head() throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new AssertionError("the connection ended within the head: " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    /** The next whole frame of the server, its header included; of at most 65,535 bytes of payload. */
    byte[] frame() throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte first = in.readByte();
        int length = in.readUnsignedByte();
        boolean extended = length == 126;
        int payload = extended ? in.readUnsignedShort() : length;
        ByteBuffer frame = ByteBuffer.allocate((extended ? 4 : 2) + payload);
        frame.put(first).put((byte) length);
        if (extended) {
            frame.putShort((short) payload);
        }
        return frame.put(in.readNBytes(payload)).array();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
