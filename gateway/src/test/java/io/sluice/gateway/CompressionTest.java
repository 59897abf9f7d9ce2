package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.amqp.TestBroker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** permessage-deflate (RFC 7692) from AMQP to the wire: once for all, never for what is sensitive, and not before the welcome. */
@Timeout(60)
final class CompressionTest {

    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";
    private static final String BODY = "\"" + "never before seen ".repeat(100) + "\"";
    private static final String HELLO = "\u0007hello";

    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start("""
                insecure: true
                authentication: {anonymous: true}
                websocket: {compression: true}
                topics:
                  - {match: "secret.#", exchange: amq.topic, sensitive: true}
                  - {match: "#", exchange: amq.topic}
                permissions:
                  - {subscribe: ["#"], publish: ["#"]}
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void aLongMessageIsDeflatedAndTheSameBytesGoToEveryone() throws Exception {
        try (RawSocket first = subscribed("deflated.once", OFFER);
                RawSocket second = subscribed("deflated.once", OFFER);
                RawSocket plain = subscribed("deflated.once");
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            double encoded = node.metric("sluice_messages_encoded_total{rule=\"#\"}");
            backEnd.publish("deflated.once", BODY);
            byte[] one = first.frame();
            byte[] two = second.frame();

            assertThat(one[0]).as("FIN, RSV1, text").isEqualTo((byte) 0xC1);
            assertThat(one).isEqualTo(two).hasSizeLessThan(200);
            assertThat(inflated(one)).contains("\"topic\":\"deflated.once\"", BODY);
            assertThat(new String(plain.frame(), UTF_8)).contains(BODY);
            assertThat(node.metric("sluice_messages_encoded_total{rule=\"#\"}") - encoded)
                    .isEqualTo(1);
        }
    }

    @Test
    void whatIsSensitiveIsNeverCompressed() throws Exception {
        try (RawSocket socket = subscribed("secret.a", OFFER);
                BackEnd backEnd = BackEnd.connect(TestBroker.shared().uri())) {
            backEnd.publish("secret.a", BODY);
            byte[] frame = socket.frame();

            assertThat(frame[0]).isEqualTo((byte) 0x81);
            assertThat(new String(frame, UTF_8)).contains(BODY);
        }
    }

    @Test
    void aClientThatDoesNotOfferItIsServedPlain() throws IOException {
        try (RawSocket socket = new RawSocket(node.address())) {
            assertThat(socket.send(RawSocket.upgrade()).head().toLowerCase(Locale.ROOT))
                    .doesNotContain("sec-websocket-extensions");
        }
    }

    @Test
    void withAClientThatIsYetToSayWhoItIsNoCompressionIsAgreed() throws IOException {
        try (Node closed = Node.start("""
                        insecure: true
                        authentication: {jwt: [{issuer: t, algorithms: [HS256], secret: "${SECRET}"}]}
                        websocket: {compression: true}
                        topics: [{match: "#", exchange: amq.topic}]
                        permissions: [{subscribe: ["#"]}]
                        """);
                RawSocket socket = new RawSocket(closed.address())) {
            assertThat(socket.send(RawSocket.upgrade(OFFER)).head().toLowerCase(Locale.ROOT))
                    .startsWith("http/1.1 101")
                    .doesNotContain("sec-websocket-extensions");
            socket.send("\u00c1" + (char) (0x80 | HELLO.length()) + "\0\0\0\0" + HELLO);
            socket.send(RawSocket.CLOSE);

            assertThat(socket.rest()).startsWith("\u0088").contains("\u0003\u00eaA reserved bit is set");
        }
    }

    private static RawSocket subscribed(String topic, String... lines) throws IOException {
        RawSocket socket = new RawSocket(node.address());
        socket.send(RawSocket.upgrade(lines)).head();
        socket.send(RawSocket.text("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + topic + "\"}"));
        while (!new String(socket.frame(), UTF_8).contains("\"op\":\"ok\"")) {
            // The welcome comes first.
        }
        return socket;
    }

    /** RFC 7692, 7.2.2. */
    private static String inflated(byte[] frame) throws DataFormatException {
        int header = (frame[1] & 0x7F) < 126 ? 2 : 4;
        byte[] deflated = new byte[frame.length - header + 4];
        System.arraycopy(frame, header, deflated, 0, frame.length - header);
        deflated[deflated.length - 2] = (byte) 0xFF;
        deflated[deflated.length - 1] = (byte) 0xFF;
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(deflated);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] piece = new byte[1024];
            for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
                out.write(piece, 0, n);
            }
            return out.toString(ISO_8859_1);
        } finally {
            inflater.end();
        }
    }
}
