package io.sluice.protocol.websocket.netty;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Real sockets: the JDK's own client, and bytes of every other kind. */
final class EchoServerTest {

    private static final EchoServer SERVER = new EchoServer("127.0.0.1", 0);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    @Test
    void theJdksClientGetsBackWhatItSends() throws Exception {
        Client client = new Client();
        WebSocket socket = client.open();
        for (int length : new int[] {0, 1, 125, 126, 65535, 65536, 1 << 20}) {
            String text = "\u20ac".repeat(length / 3) + "x".repeat(length % 3);
            socket.sendText(text, true).get(10, SECONDS);
            assertThat(client.next()).isEqualTo("text " + text);
        }
        socket.sendText("a", false).get(10, SECONDS);
        socket.sendPing(ByteBuffer.wrap(new byte[] {1})).get(10, SECONDS);
        socket.sendText("b", true).get(10, SECONDS);
        assertThat(client.next()).isEqualTo("pong 1");
        assertThat(client.next()).isEqualTo("text ab");
        byte[] bytes = new byte[8 << 20];
        new Random(1).nextBytes(bytes);
        socket.sendBinary(ByteBuffer.wrap(bytes), true).get(10, SECONDS);
        assertThat(client.next()).isEqualTo("binary " + Arrays.hashCode(bytes));
        socket.sendClose(4000, "bye").get(10, SECONDS);
        assertThat(client.next()).isEqualTo("closed 4000");
    }

    @Test
    void aViolationReachesTheClientWithItsCodeAlthoughItSendsOn() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(ClientBytes.of("83 80 M"));
            socket.getOutputStream().write(new byte[100_000]);
            byte[] all = socket.getInputStream().readAllBytes();
            String answer = new String(all, StandardCharsets.ISO_8859_1);
            assertThat(answer)
                    .startsWith(Embedded.SWITCHED + "\u0088")
                    .endsWith("The opcode of the frame is reserved.");
        }
    }

    @Test
    void aRefusalReachesTheClientAlthoughItSendsOn() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(Embedded.REQUEST.replace("13", "12").getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(new byte[100_000]);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            assertThat(answer).startsWith("HTTP/1.1 426 ").endsWith("Send Sec-WebSocket-Version: 13, once.");
        }
    }

    @Test
    void aClientThatStaysAfterARefusalIsClosed() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write("POST / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .startsWith("HTTP/1.1 405");
            assertThatThrownBy(() -> {
                        for (int n = 0; n < 1000; n++) {
                            socket.getOutputStream().write(new byte[1 << 16]);
                            socket.getInputStream().readAllBytes();
                            LockSupport.parkNanos(10_000_000);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void bytesOneByOneAreUnderstoodAsWellAsAllAtOnce() throws Exception {
        try (Socket socket = connect()) {
            socket.setTcpNoDelay(true);
            byte[] bytes = ClientBytes.join(
                    Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII),
                    ClientBytes.of("01 82 M e282 / 89 80 M / 80 81 M ac / 88 82 M 03e8"));
            for (byte b : bytes) {
                socket.getOutputStream().write(b);
            }
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answer)
                    .isEqualTo(
                            Embedded.SWITCHED + "\u008a\u0000\u0081\u0003\u00e2\u0082\u00ac\u0088\u0002\u0003\u00e8");
        }
    }

    @Test
    void aClientThatSendsAndDoesNotReadIsNotReadEither() throws Exception {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(Embedded.REQUEST.getBytes(StandardCharsets.US_ASCII));
            byte[] message = ClientBytes.frame(0x82, new byte[60_000]);
            int messages = 500;
            Thread writer = new Thread(() -> {
                try {
                    for (int n = 0; n < messages; n++) {
                        socket.getOutputStream().write(message);
                    }
                    socket.getOutputStream().write(ClientBytes.of("88 80 M"));
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            writer.start();
            writer.join(1000);
            long received = 0;
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                received += n;
            }
            writer.join();
            assertThat(received).isEqualTo(Embedded.SWITCHED.length() + messages * (60_000L + 4) + 4);
        }
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), SERVER.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static final class Client implements WebSocket.Listener {

        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

        WebSocket open() throws Exception {
            return HttpClient.newHttpClient()
                    .newWebSocketBuilder()
                    .buildAsync(URI.create("ws://127.0.0.1:" + SERVER.port() + "/any?path"), this)
                    .get(10, SECONDS);
        }

        @Nullable
        String next() throws InterruptedException {
            return events.poll(20, SECONDS);
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                events.add("text " + text);
                text.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            binary.writeBytes(bytes);
            if (last) {
                events.add("binary " + Arrays.hashCode(binary.toByteArray()));
                binary.reset();
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onPong(WebSocket socket, ByteBuffer message) {
            events.add("pong " + message.get());
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            events.add("closed " + code);
            return null;
        }
    }
}
