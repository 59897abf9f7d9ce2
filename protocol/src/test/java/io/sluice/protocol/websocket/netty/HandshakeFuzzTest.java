package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.protocol.websocket.Pieces;
import java.util.List;

/** Whatever a client sends first: one answer at most, the same in any pieces, and nothing behind a refusal is looked at. */
final class HandshakeFuzzTest {

    @FuzzTest(maxDuration = "1m")
    void anyBytesGetTheSameSingleAnswerInAnyPieces(byte[] bytes) {
        String answer = answer(List.of(bytes));
        for (int seed = 0; seed < 3; seed++) {
            assertThat(answer(Pieces.of(bytes, seed))).isEqualTo(answer);
        }
        if (!answer.isEmpty()) {
            assertThat(answer).matches("(?s)HTTP/1\\.1 (101|400|405|408|414|426|431) .*");
            assertThat(answer.split("HTTP/1\\.1 [0-9]{3} ", -1)).hasSize(2);
        }
    }

    private static String answer(List<byte[]> pieces) {
        Recorder recorder = new Recorder();
        try (Embedded embedded = new Embedded((channel, request, subprotocol, upgrade) -> upgrade.accept(recorder))) {
            pieces.forEach(embedded::receive);
            String sent = embedded.sent();
            assertThat(sent.startsWith("HTTP/1.1 101 ")).isEqualTo(!recorder.told.isEmpty());
            return sent;
        }
    }
}
