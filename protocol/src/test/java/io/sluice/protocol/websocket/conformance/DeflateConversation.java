package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.MessageDeflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import io.sluice.protocol.websocket.deflate.StrictInflater;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client that offers permessage-deflate, keeps what was agreed to the letter, and has no more memory than that needs. */
final class DeflateConversation implements AutoCloseable {

    private static final String REQUEST = """
            GET /chat HTTP/1.1
            Host: server.example.com
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
            Sec-WebSocket-Version: 13
            """;
    private static final String EXTENSIONS = "Sec-WebSocket-Extensions: ";
    private static final int RSV1 = 0x40;

    /** What the server sent, whole. */
    record Message(int opcode, byte[] payload, boolean compressed) {}

    private final Socket socket;
    private final DataInputStream in;
    private final @Nullable DeflateAnswer agreed;
    private final @Nullable MessageDeflater deflater;
    private final @Nullable StrictInflater inflater;

    /** @param extensions the values of as many {@code Sec-WebSocket-Extensions} headers */
    DeflateConversation(int port, List<String> extensions) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(10_000);
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 16));
        StringBuilder request = new StringBuilder(REQUEST);
        extensions.forEach(value -> request.append(EXTENSIONS).append(value).append('\n'));
        socket.getOutputStream()
                .write(request.append('\n').toString().replace("\n", "\r\n").getBytes(StandardCharsets.US_ASCII));
        List<String> response = response();
        assertThat(response.get(0)).startsWith("HTTP/1.1 101 ");
        List<String> answers =
                response.stream().filter(line -> line.startsWith(EXTENSIONS)).toList();
        assertThat(answers).hasSizeLessThanOrEqualTo(1);
        agreed = answers.isEmpty() ? null : DeflateAnswer.parse(answers.get(0).substring(EXTENSIONS.length()));
        deflater = agreed == null ? null : new MessageDeflater(mirrored(agreed));
        inflater = agreed == null ? null : new StrictInflater(agreed.serverWindowBits(), agreed.serverTakeover());
    }

    /** A client's side is a server's, seen in a mirror. */
    private static PerMessageDeflate mirrored(DeflateAnswer agreed) {
        return new PerMessageDeflate(
                agreed.clientTakeover(),
                agreed.serverTakeover(),
                agreed.clientWindowBits(),
                agreed.serverWindowBits(),
                "",
                new DeflateSettings(true, 6, 0));
    }

    /** What the server answered; null if it takes no extension. */
    @Nullable
    DeflateAnswer agreed() {
        return agreed;
    }

    /** The longest distance the server has referred back so far. */
    int farthest() {
        return inflater == null ? 0 : inflater.farthest();
    }

    /** Compressed if that was agreed and makes it smaller, in {@code fragments} frames or in one where there are fewer bytes. */
    void send(int opcode, byte[] message, int fragments) throws IOException {
        byte[] payload = message;
        int first = opcode;
        ByteBuf deflated = deflater == null
                ? null
                : deflater.deflate(ByteBufAllocator.DEFAULT, 0, Unpooled.wrappedBuffer(message));
        if (deflated != null) {
            payload = ByteBufUtil.getBytes(deflated);
            first |= RSV1;
            deflated.release();
        }
        socket.getOutputStream().write(Fragments.of(first, payload, payload.length / fragments + 1));
    }

    /** RSV1 stands on the first frame of a message, if compression was agreed, and nowhere else (RFC 7692, 6). */
    Message receive() throws IOException {
        ByteArrayOutputStream payload = new ByteArrayOutputStream();
        int first = in.readUnsignedByte();
        payload.writeBytes(payload());
        for (int b0 = first; (b0 & 0x80) == 0; ) {
            b0 = in.readUnsignedByte();
            assertThat(b0 & 0x7F).as("a continuation without reserved bits").isZero();
            payload.writeBytes(payload());
        }
        assertThat(first & 0x30).as("RSV2 and RSV3").isZero();
        boolean compressed = (first & RSV1) != 0;
        if (!compressed) {
            return new Message(first & 0x0F, payload.toByteArray(), false);
        }
        assertThat(inflater).as("RSV1 only where it was agreed").isNotNull();
        return new Message(first & 0x0F, inflater.message(payload.toByteArray()), true);
    }

    /** The closing handshake, begun by this side: control frames are never compressed. */
    void hangUp() throws IOException {
        socket.getOutputStream().write(ClientBytes.of("89 82 M 6869 / 88 82 M 03e8"));
        assertThat(in.readNBytes(4)).isEqualTo(new byte[] {(byte) 0x8A, 2, 'h', 'i'});
        assertThat(in.readNBytes(4)).isEqualTo(new byte[] {(byte) 0x88, 2, 0x03, (byte) 0xE8});
        assertThat(in.read()).isEqualTo(-1);
    }

    @Override
    public void close() throws IOException {
        if (deflater != null) {
            deflater.release();
        }
        socket.close();
    }

    private List<String> response() throws IOException {
        StringBuilder response = new StringBuilder();
        while (response.indexOf("\r\n\r\n") < 0) {
            response.append((char) in.readUnsignedByte());
        }
        return response.toString().lines().toList();
    }

    private byte[] payload() throws IOException {
        int b1 = in.readUnsignedByte();
        assertThat(b1 & 0x80).as("RFC 6455, 5.1: a server does not mask").isZero();
        long length = b1 < 126 ? b1 : b1 == 126 ? in.readUnsignedShort() : in.readLong();
        byte[] payload = new byte[Math.toIntExact(length)];
        in.readFully(payload);
        return payload;
    }
}
