package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Data framing: 5.2 base framing, 5.4 fragmentation, 5.5 control frames, 5.6 data frames, 5.8 extensibility. */
final class Rfc6455Section5Test extends OverASocket {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 128, 65534, 65535, 65536, 65537})
    void section5_2_everyFormOfTheLengthIsEchoed(int length) throws IOException {
        byte[] payload = new byte[length];
        Arrays.fill(payload, (byte) '*');
        for (int b0 : new int[] {0x81, 0x82}) {
            try (Conversation client = open()) {
                client.send(ClientBytes.frame(b0, payload)).expect(b0, payload);
                client.sendInPieces(ClientBytes.frame(b0, payload), 997).expect(b0, payload);
                client.hangUp();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"91", "a1", "b1", "c1", "d1", "e1", "f1", "92", "a2", "c2", "f2", "99", "a9", "c9", "a8", "c8"})
    void section5_2_aReservedBitWithoutItsExtensionFailsTheConnection(String b0) throws IOException {
        try (Conversation client = open()) {
            client.send("81 81 M 61 / " + b0 + " 80 M / 89 80 M")
                    .expect("text a", "close 1002")
                    .expectEnd();
        }
        try (Conversation client = open()) {
            client.sendInPieces(ClientBytes.of("81 81 M 61 / " + b0 + " 80 M"), 1)
                    .expect("text a", "close 1002")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"83", "84", "85", "86", "87", "8b", "8c", "8d", "8e", "8f"})
    void section5_2_aReservedOpcodeFailsTheConnection(String b0) throws IOException {
        try (Conversation client = open()) {
            client.send(b0 + " 80 M").expect("close 1002").expectEnd();
        }
        try (Conversation client = open()) {
            client.send("81 81 M 61 / " + b0 + " 8a M 72657365727665640000 / 89 80 M")
                    .expect("text a", "close 1002")
                    .expectEnd();
        }
    }

    @Test
    void section5_1_aFrameThatIsNotMaskedFailsTheConnection() throws IOException {
        try (Conversation client = open()) {
            client.send("81 02 6869").expect("close 1002").expectEnd();
        }
        try (Conversation client = open()) {
            client.send("81 82 00000000 6869").expect("text hi").hangUp();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "01 82 M 6672 / 80 82 M 6167, text frag",
        "02 82 M 6672 / 80 82 M 6167, binary 66726167",
        "01 80 M / 80 80 M, text ''",
        "01 80 M / 00 83 M 6d6964 / 80 80 M, text mid",
        "02 80 M / 00 80 M / 80 80 M, binary ''"
    })
    void section5_4_fragmentsBecomeOneMessageInAnyPieces(String frames, String message) throws IOException {
        String expected = message.replace("''", "");
        byte[] bytes = ClientBytes.of(frames);
        for (int piece : new int[] {bytes.length, 7, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(bytes, piece).expect(expected).hangUp();
            }
        }
    }

    @Test
    void section5_4_controlFramesMayStandBetweenFragments() throws IOException {
        byte[] bytes = ClientBytes.of("01 81 M 61 / 89 81 M 01 / 00 81 M 62 / 8a 80 M / 89 81 M 02 / 80 81 M 63");
        for (int piece : new int[] {bytes.length, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(bytes, piece)
                        .expect("pong 01", "pong 02", "text abc")
                        .hangUp();
            }
        }
    }

    @Test
    void section5_4_aPingAmidAMessageIsAnsweredBeforeTheMessageEnds() throws IOException {
        try (Conversation client = open()) {
            client.send("01 81 M 61 / 00 81 M 62 / 89 81 M 01").expect("pong 01");
            client.send("00 81 M 63 / 00 81 M 64 / 89 81 M 02").expect("pong 02");
            client.send("80 81 M 65").expect("text abcde").hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80 81 M 61 / 81 81 M 62",
                "00 81 M 61 / 81 81 M 62",
                "80 80 M",
                "01 81 M 61 / 80 81 M 62 / 80 81 M 63",
                "01 81 M 61 / 81 81 M 62",
                "01 81 M 61 / 01 81 M 62 / 80 81 M 63",
                "02 81 M 61 / 82 81 M 62",
                "01 81 M 61 / 02 81 M 62"
            })
    void section5_4_aMessageInsideAMessageOrAContinuationOfNoneFailsTheConnection(String frames) throws IOException {
        byte[] bytes = ClientBytes.of(frames);
        for (int piece : new int[] {bytes.length, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(bytes, piece);
                Conversation.Frame frame = client.next();
                if (frame.b0() == 0x81) {
                    frame = client.next();
                }
                assertThat(frame).hasToString("close 1002");
                client.expectEnd();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"09", "0a", "08"})
    void section5_5_aControlFrameThatIsFragmentedFailsTheConnection(String b0) throws IOException {
        try (Conversation client = open()) {
            client.send(b0 + " 81 M 61 / 80 81 M 61").expect("close 1002").expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"88", "89", "8a"})
    void section5_5_aControlFrameOf126BytesFailsTheConnection(String b0) throws IOException {
        try (Conversation client = open()) {
            client.send(b0 + " fe 007e M " + "fe".repeat(126))
                    .expect("close 1002")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "48656c6c6f", "00fffefdfcfb00ff", "LONGEST"})
    void section5_5_2_aPingIsAnsweredWithItsPayload(String payload) throws IOException {
        String hex = payload.equals("LONGEST") ? "fe".repeat(125) : payload;
        byte[] ping = ClientBytes.of("89 %02x M ".formatted(0x80 | hex.length() / 2) + hex);
        for (int piece : new int[] {ping.length, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(ping, piece).expect("pong " + hex).hangUp();
            }
        }
    }

    @Test
    void section5_5_2_manyPingsAreAnsweredInOrder() throws IOException {
        StringBuilder pings = new StringBuilder("89 81 M 00");
        String[] pongs = new String[10];
        pongs[0] = "pong 00";
        for (int n = 1; n < 10; n++) {
            pings.append(" / 89 81 M %02x".formatted(n));
            pongs[n] = "pong %02x".formatted(n);
        }
        byte[] bytes = ClientBytes.of(pings.toString());
        for (int piece : new int[] {bytes.length, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(bytes, piece).expect(pongs).hangUp();
            }
        }
    }

    @Test
    void section5_5_3_anUnsolicitedPongIsIgnored() throws IOException {
        try (Conversation client = open()) {
            client.send("8a 80 M / 8a 83 M 616263 / 89 81 M 07")
                    .expect("pong 07")
                    .hangUp();
        }
    }

    @Test
    void section5_4_aMessageOf65537FragmentsIsOneMessage() throws IOException {
        byte[] text = "x".repeat(65_537).getBytes(StandardCharsets.US_ASCII);
        try (Conversation client = open()) {
            client.send(Fragments.of(0x01, text, 1)).expect(0x81, text).hangUp();
        }
    }
}
