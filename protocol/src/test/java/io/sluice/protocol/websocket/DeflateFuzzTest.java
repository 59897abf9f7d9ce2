package io.sluice.protocol.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.sluice.protocol.websocket.deflate.DeflateOffer;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import io.sluice.protocol.websocket.deflate.StrictInflater;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Whatever a client sends as a compressed message: refused, or what another inflater makes of it, and the same in any pieces. */
final class DeflateFuzzTest {

    private static final WebSocketLimits LIMITS = new WebSocketLimits(4096, 16, 30_000, 10, true);
    private static final int TEXT = 0x41;
    private static final int BINARY = 0x42;

    /**
     * The first byte says how the others are sent: bit 0 with context takeover, bit 1 as text, bits 2 to 4 one less than the number of
     * fragments. They are sent twice, since with context takeover the second message may refer to the first.
     */
    @FuzzTest(maxDuration = "1m")
    void anyStreamMeansTheSameInAnyPieces(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        boolean takeover = (bytes[0] & 1) != 0;
        int opcode = (bytes[0] & 2) != 0 ? TEXT : BINARY;
        byte[] stream = Arrays.copyOfRange(bytes, 1, bytes.length);
        byte[] message = fragments(opcode, stream, (bytes[0] >> 2 & 7) + 1);
        byte[] twice = ClientBytes.join(message, message);

        List<String> did = peer(takeover).receive(twice).ended();
        assertMeansWhatAnotherInflaterSays(did, stream, takeover);
        for (int seed = 0; seed < 3; seed++) {
            Peer cut = peer(takeover);
            Pieces.of(twice, seed).forEach(cut::receive);
            assertThat(cut.ended()).isEqualTo(did);
        }
    }

    private static void assertMeansWhatAnotherInflaterSays(List<String> did, byte[] stream, boolean takeover) {
        StrictInflater inflater = new StrictInflater(15, takeover);
        for (String event : did) {
            if (event.startsWith("binary ")) {
                assertThat(event).isEqualTo("binary " + HexFormat.of().formatHex(inflater.message(stream)));
            }
        }
    }

    private static byte[] fragments(int opcode, byte[] payload, int count) {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        for (int n = 0; n < count; n++) {
            int fin = n == count - 1 ? 0x80 : 0;
            byte[] part = Arrays.copyOfRange(payload, payload.length * n / count, payload.length * (n + 1) / count);
            frames.writeBytes(ClientBytes.frame(fin | (n == 0 ? opcode : 0), part));
        }
        return frames.toByteArray();
    }

    private static Peer peer(boolean takeover) {
        DeflateOffer offer = new DeflateOffer(false, false, 0, 15);
        PerMessageDeflate agreed = PerMessageDeflate.accept(offer, new DeflateSettings(takeover, 6, 0));
        return new Peer(WebSocketSettings.defaults().withLimits(LIMITS), agreed);
    }
}
