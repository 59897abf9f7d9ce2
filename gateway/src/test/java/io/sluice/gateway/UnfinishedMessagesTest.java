package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Attackers fill the 64 MiB that all unfinished messages of a node may hold together, while {@link Bystanders} look on. */
@Timeout(120)
final class UnfinishedMessagesTest {

    private static final String SHED = "sluice_frames_rejected_total{violation=\"reassembly_budget\"}";
    private static final int LARGEST = 5 << 20;
    private static final int LARGE = 600 << 10;
    private static final int MOST_ATTACKERS = 200;

    private static Node node;

    @BeforeAll
    static void start() {
        node = Node.start("""
                authentication: {anonymous: true}
                insecure: true
                topics: [{match: "#", exchange: amq.topic}]
                permissions: [{subscribe: ["bystanders.*"], publish: ["bystanders.*"]}]
                limits: {messageBytes: 8MiB}
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    @Test
    void theLargestIsClosedAndASmallMessageInPiecesGetsThrough() throws IOException {
        List<RawSocket> crowd = new ArrayList<>();
        try (Bystanders bystanders = new Bystanders(node)) {
            RawSocket largest = attacker(LARGEST);
            crowd.add(largest);
            while (node.metric(SHED) == 0) {
                assertThat(crowd).hasSizeLessThan(MOST_ATTACKERS);
                crowd.add(attacker(LARGE));
            }
            assertThat(closeCode(largest)).isEqualTo(1013);

            while (node.metric(SHED) == 1) {
                assertThat(crowd).hasSizeLessThan(MOST_ATTACKERS);
                crowd.add(attacker(LARGE));
            }
            pingsInPieces();
            bystanders.areServed();
            for (RawSocket one : crowd) {
                one.close();
            }
            bystanders.sawNothing();
        }
    }

    /** Sends so many bytes of a message, of which there is to be more. */
    private static RawSocket attacker(int bytes) throws IOException {
        RawSocket socket = welcomed();
        ByteBuffer frame = ByteBuffer.allocate(14 + bytes)
                .put((byte) 0x02)
                .put((byte) 0xFF)
                .putLong(bytes);
        return socket.send(frame.array());
    }

    private static void pingsInPieces() throws IOException {
        try (RawSocket socket = welcomed()) {
            socket.send("\u0001\u0085\0\0\0\0{\"op\"").send("\u0080\u0088\0\0\0\0:\"ping\"}");
            assertThat(new String(socket.frame(), ISO_8859_1)).endsWith("{\"op\":\"pong\"}");
        }
    }

    private static RawSocket welcomed() throws IOException {
        RawSocket socket = new RawSocket(node.address());
        socket.send(RawSocket.upgrade()).head();
        socket.frame();
        return socket;
    }

    private static int closeCode(RawSocket socket) throws IOException {
        ByteBuffer close = ByteBuffer.wrap(socket.frame());
        assertThat(close.get(0)).isEqualTo((byte) 0x88);
        return close.getShort(2);
    }
}
