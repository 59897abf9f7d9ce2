package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.function.Supplier;

/** Whatever a client sends behind the handshake: no exception, no leak, an end within the rules, and the same in any pieces. */
final class FramesFuzzTest {

    private static final WebSocketLimits LIMITS = new WebSocketLimits(4096, 16, 30_000, 10);

    @FuzzTest(maxDuration = "1m")
    void anyBytesMeanTheSameInAnyPieces(byte[] bytes) {
        assertMeansTheSameInAnyPieces(() -> new Peer(LIMITS), bytes);
    }

    /** @param peers a new connection each time, all alike: those of an extension want the same of any bytes */
    static void assertMeansTheSameInAnyPieces(Supplier<Peer> peers, byte[] bytes) {
        List<String> did = peers.get().receive(bytes).ended();
        for (int seed = 0; seed < 3; seed++) {
            Peer cut = peers.get();
            Pieces.of(bytes, seed).forEach(cut::receive);
            assertThat(cut.ended()).isEqualTo(did);
        }
        assertThat(did.stream().filter(event -> event.startsWith("send 88")).count())
                .as("close frames")
                .isLessThanOrEqualTo(1);
    }
}
