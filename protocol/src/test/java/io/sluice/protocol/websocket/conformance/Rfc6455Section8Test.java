package io.sluice.protocol.websocket.conformance;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.IOException;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Error handling: 8.1, text that is not UTF-8 (RFC 3629), and all that is. */
final class Rfc6455Section8Test extends OverASocket {

    private static final String KOSME = "cebae1bdb9cf83cebcceb5";

    /** First and last of each length, what surrounds the surrogates, and characters that are none but are UTF-8. */
    static Stream<String> characters() {
        Stream<String> nonCharacters = IntStream.rangeClosed(1, 16)
                .boxed()
                .flatMap(plane -> Stream.of(0xBE, 0xBF)
                        .map(last -> "%02x%02xbf%02x".formatted(0xF0 | plane >> 2, 0x8F | (plane & 3) << 4, last)));
        return Stream.concat(
                Stream.of(
                        "00",
                        "7f",
                        "c280",
                        "dfbf",
                        "e0a080",
                        "efbfbf",
                        "f0908080",
                        "f48fbfbf",
                        "ed9fbf",
                        "ee8080",
                        "efbfbd",
                        "efbfbe",
                        KOSME,
                        KOSME + "00",
                        "48656c6c6f2dc2b540c39fc3b6c3a4c3bcc3a0c3a12d"),
                nonCharacters);
    }

    /** No continuation, no start, too few, too many, overlong, surrogates, beyond U+10FFFF, bytes that are never right. */
    static Stream<String> malformed() {
        Stream<String> lonelyStarts = IntStream.rangeClosed(0xC0, 0xFD).mapToObj("%02x20"::formatted);
        return Stream.concat(
                Stream.of(
                        "80",
                        "bf",
                        "80bf",
                        "80bf80",
                        "80bf80bf",
                        "80bf80bf80",
                        "80bf80bf80bf",
                        "80818283848586878889a0a1a2a3b0b1b2b3b4b5b6b7b8b9babbbcbdbebf",
                        "c0",
                        "e080",
                        "f08080",
                        "f8808080",
                        "fc80808080",
                        "df",
                        "efbf",
                        "f7bfbf",
                        "fbbfbfbf",
                        "fdbfbfbfbf",
                        "c0e080f08080f8808080fc80808080dfefbff7bfbffbbfbfbffdbfbfbfbf",
                        "fe",
                        "ff",
                        "fefeffff",
                        "c0af",
                        "e080af",
                        "f08080af",
                        "f8808080af",
                        "fc80808080af",
                        "c1bf",
                        "e09fbf",
                        "f08fbfbf",
                        "f887bfbfbf",
                        "fc83bfbfbfbf",
                        "c080",
                        "e08080",
                        "f0808080",
                        "f880808080",
                        "fc8080808080",
                        "eda080",
                        "edadbf",
                        "edae80",
                        "edafbf",
                        "edb080",
                        "edbe80",
                        "edbfbf",
                        "eda080edb080",
                        "eda080edbfbf",
                        "edadbfedb080",
                        "edadbfedbfbf",
                        "edae80edb080",
                        "edae80edbfbf",
                        "edafbfedb080",
                        "edafbfedbfbf",
                        "f4908080",
                        "f7bfbfbf",
                        "f888808080",
                        "fbbfbfbfbf",
                        "fc8480808080",
                        "fdbfbfbfbfbf",
                        KOSME + "eda080656469746564",
                        KOSME + "f4908080656469746564"),
                lonelyStarts);
    }

    @ParameterizedTest
    @MethodSource("characters")
    void section8_1_utf8IsEchoedWhole_inFragmentsOfOneByte_andByteByByte(String hex) throws IOException {
        byte[] text = HexFormat.of().parseHex(hex);
        try (Conversation client = open()) {
            client.send(ClientBytes.frame(0x81, text)).expect(0x81, text);
            client.send(Fragments.of(0x01, text, 1)).expect(0x81, text);
            client.sendInPieces(ClientBytes.frame(0x81, text), 1).expect(0x81, text);
            client.hangUp();
        }
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void section8_1_whatIsNotUtf8FailsTheConnectionWith1007(String hex) throws IOException {
        byte[] text = HexFormat.of().parseHex(hex);
        for (byte[] frames : new byte[][] {ClientBytes.frame(0x81, text), Fragments.of(0x01, text, 1)}) {
            try (Conversation client = open()) {
                client.send(frames).expect("close 1007").expectEnd();
            }
        }
        try (Conversation client = open()) {
            client.sendInPieces(ClientBytes.frame(0x81, text), 1)
                    .expect("close 1007")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @MethodSource("malformed")
    void section5_6_binaryMessagesMayHoldAnyBytes(String hex) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        try (Conversation client = open()) {
            client.send(Fragments.of(0x02, bytes, 1)).expect(0x82, bytes).hangUp();
        }
    }

    /** The rest of the message is never sent. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "01 8b M " + KOSME + " / 00 84 M f4908080",
                "01 8b M " + KOSME + " / 00 82 M f490",
                "81 95 M " + KOSME + " f490",
                "81 95 M " + KOSME + " eda0",
                "81 fe ffff M " + KOSME + " c0",
            })
    void section8_1_textFailsAtItsWrongByteAndNotAtItsEnd(String frames) throws IOException {
        byte[] bytes = ClientBytes.of(frames);
        for (int piece : new int[] {bytes.length, 1}) {
            try (Conversation client = open()) {
                client.sendInPieces(bytes, piece).expect("close 1007").expectEnd();
            }
        }
    }

    @Test
    void section8_1_aCharacterThatIsNotFinishedWithTheMessageFailsTheConnection() throws IOException {
        try (Conversation client = open()) {
            client.send("01 81 M e2 / 00 81 M 82 / 80 80 M")
                    .expect("close 1007")
                    .expectEnd();
        }
        try (Conversation client = open()) {
            client.send("01 81 M e2 / 00 81 M 82 / 80 81 M ac")
                    .expect("text \u20ac")
                    .hangUp();
        }
    }
}
