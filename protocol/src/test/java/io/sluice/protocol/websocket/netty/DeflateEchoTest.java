package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.deflate.ClientDeflater;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.MessageDeflater;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import io.sluice.protocol.websocket.deflate.StrictInflater;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Real sockets, and a client that has no more window than was agreed. */
final class DeflateEchoTest {

    private static final EchoServer SERVER = new EchoServer("127.0.0.1", 0);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void inAllCombinationsOfParametersMessagesComeBackAsTheyWere() throws IOException {
        for (int serverBits = 8; serverBits <= 15; serverBits++) {
            for (int clientBits = 8; clientBits <= 15; clientBits++) {
                for (int takeover = 0; takeover < 4; takeover++) {
                    String offer = "permessage-deflate; server_max_window_bits=" + serverBits
                            + "; client_max_window_bits=" + clientBits
                            + ((takeover & 1) == 0 ? "; server_no_context_takeover" : "")
                            + ((takeover & 2) == 0 ? "; client_no_context_takeover" : "");
                    try (Client client = new Client(offer)) {
                        assertThat(client.serverBits).isEqualTo(serverBits);
                        assertThat(client.clientBits).isEqualTo(clientBits);
                        assertThat(client.serverTakeover).isEqualTo((takeover & 1) != 0);
                        assertThat(client.clientTakeover).isEqualTo((takeover & 2) != 0);
                        client.echoes(1 << serverBits, 1 << clientBits);
                    }
                }
            }
        }
    }

    @Test
    void aMessageOf16MebibytesComesBack() throws IOException {
        try (Client client = new Client("permessage-deflate; client_max_window_bits")) {
            byte[] message = "0123456789abcdef".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
            client.send(message);
            assertThat(client.receive()).isEqualTo(message);
            assertThat(client.compressed).isTrue();
        }
    }

    @Test
    void whatAPlainZlibSendsComesBack() throws IOException {
        try (Client client = new Client("permessage-deflate");
                ClientDeflater deflater = new ClientDeflater(true)) {
            Random random = new Random(11);
            for (int n = 0; n < 100; n++) {
                byte[] message = new byte[random.nextInt(5000)];
                for (int i = 0; i < message.length; i++) {
                    message[i] = (byte) ('a' + random.nextInt(4));
                }
                client.socket.getOutputStream().write(ClientBytes.frame(0xC1, deflater.payload(message)));
                assertThat(client.receive()).isEqualTo(message);
            }
        }
    }

    private static final class Client implements AutoCloseable {

        private static final Pattern RESPONSE = Pattern.compile(
                "HTTP/1.1 101 .*\r\nSec-WebSocket-Extensions: permessage-deflate(.*?)\r\n.*", Pattern.DOTALL);

        private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), SERVER.port());
        private final DataInputStream in = new DataInputStream(socket.getInputStream());
        private final MessageDeflater deflater;
        private final StrictInflater inflater;
        private final int serverBits;
        private final int clientBits;
        private final boolean serverTakeover;
        private final boolean clientTakeover;
        private boolean compressed;

        Client(String offer) throws IOException {
            socket.setSoTimeout(20_000);
            socket.setTcpNoDelay(true);
            String request =
                    Embedded.REQUEST.replaceFirst("\r\n\r\n", "\r\nSec-WebSocket-Extensions: " + offer + "\r\n\r\n");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            StringBuilder response = new StringBuilder();
            while (response.indexOf("\r\n\r\n") < 0) {
                response.append((char) in.readByte());
            }
            Matcher matcher = RESPONSE.matcher(response);
            assertThat(matcher.matches()).as("%s", response).isTrue();
            String agreed = matcher.group(1);
            serverBits = bits(agreed, "server_max_window_bits");
            clientBits = bits(agreed, "client_max_window_bits");
            serverTakeover = !agreed.contains("server_no_context_takeover");
            clientTakeover = !agreed.contains("client_no_context_takeover");
            DeflateSettings settings = new DeflateSettings(true, 6, 0);
            // A client's side is a server's, seen in a mirror.
            deflater = new MessageDeflater(
                    new PerMessageDeflate(clientTakeover, serverTakeover, clientBits, serverBits, "", settings));
            inflater = new StrictInflater(serverBits, serverTakeover);
        }

        private static int bits(String agreed, String name) {
            Matcher matcher = Pattern.compile(name + "=(\\d+)").matcher(agreed);
            return matcher.find() ? Integer.parseInt(matcher.group(1)) : 15;
        }

        void echoes(int serverWindow, int clientWindow) throws IOException {
            Random random = new Random(serverWindow * 31L + clientWindow);
            byte[] text = new byte[2 * Math.max(serverWindow, clientWindow) + 99];
            for (int i = 0; i < text.length; i++) {
                text[i] = (byte) (i < 90 || random.nextInt(12) == 0 ? 'a' + random.nextInt(26) : text[i - 90]);
            }
            int[] lengths = {0, 1, 90, serverWindow, 200, clientWindow + 1, text.length, 100};
            for (int length : lengths) {
                send(Arrays.copyOf(text, length));
            }
            for (int length : lengths) {
                assertThat(receive()).isEqualTo(Arrays.copyOf(text, length));
                assertThat(compressed).isEqualTo(length > 90 || (length == 90 && compressed));
            }
            assertThat(inflater.farthest()).isBetween(90, serverWindow);
        }

        void send(byte[] message) throws IOException {
            ByteBuf payload = deflater.deflate(ByteBufAllocator.DEFAULT, 0, Unpooled.wrappedBuffer(message));
            if (payload == null) {
                socket.getOutputStream().write(ClientBytes.frame(0x81, message));
                return;
            }
            socket.getOutputStream().write(ClientBytes.frame(0xC1, ByteBufUtil.getBytes(payload)));
            payload.release();
        }

        byte[] receive() throws IOException {
            int b0 = in.readUnsignedByte();
            long length = in.readUnsignedByte();
            length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
            byte[] payload = in.readNBytes((int) length);
            assertThat(b0 & 0xBF).isEqualTo(0x81);
            compressed = (b0 & 0x40) != 0;
            return compressed ? inflater.message(payload) : payload;
        }

        @Override
        public void close() throws IOException {
            deflater.release();
            socket.close();
        }
    }
}
