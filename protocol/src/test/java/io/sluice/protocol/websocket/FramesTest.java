package io.sluice.protocol.websocket;

import static io.sluice.protocol.websocket.FrameCases.bad;
import static io.sluice.protocol.websocket.FrameCases.good;
import static io.sluice.protocol.websocket.FrameCases.inEveryPiece;
import static io.sluice.protocol.websocket.FrameCases.inEveryPieceWithMoreBehind;
import static io.sluice.protocol.websocket.FrameCases.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client may send and what it may not, in bytes; every sequence is given whole, in two pieces at every place, and byte by byte. */
final class FramesTest {

    static Stream<Arguments> correct() {
        return Stream.of(
                good("the RFC's own example", "81 85 M 48656c6c6f", "text Hello"),
                good("no payload", "81 80 M", "text "),
                good("a binary message", "82 83 M 00ff80", "binary 00ff80"),
                good("a masking key of zeros", "81 82 00000000 6869", "text hi"),
                good("two messages", "81 81 M 61 / 81 81 M 62", "text a", "text b"),
                good("fragments", "01 81 M 61 / 00 81 M 62 / 80 81 M 63", "text abc"),
                good("empty fragments", "02 80 M / 00 80 M / 80 81 M 63", "binary 63"),
                good("an empty last fragment", "01 82 M 6869 / 80 80 M", "text hi"),
                good("nothing but empty fragments", "01 80 M / 80 80 M", "text "),
                good("the last character there is", "81 84 M f48fbfbf", "text \udbff\udfff"),
                good("characters beside the surrogates", "81 86 M ed9fbfee8080", "text \ud7ff\ue000"),
                good("a character of two fragments", "01 82 M e282 / 80 81 M ac", "text \u20ac"),
                good(
                        "a character of four fragments",
                        "01 81 M f0 / 00 81 M 9f / 00 81 M 98 / 80 81 M 80",
                        "text \ud83d\ude00"),
                good("a ping", "89 82 M 6869", "send 8a026869"),
                good("an empty ping", "89 80 M", "send 8a00"),
                good("a ping of 125 bytes", "89 fd M " + "70".repeat(125), "send 8a7d" + "70".repeat(125)),
                good("a ping between fragments", "01 81 M 61 / 89 81 M 70 / 80 81 M 62", "send 8a0170", "text ab"),
                good("an unsolicited pong", "8a 82 M 6869 / 81 81 M 61", "text a"),
                good("a pong between fragments", "01 81 M 61 / 8a 80 M / 80 81 M 62", "text ab"),
                good("length 126 in 16 bits", "82 fe 007e M " + "00".repeat(126), "binary " + "00".repeat(126)),
                good("a close without a code", "88 80 M", "send 880203e8", "end", "closed 1005"),
                good("a close with a code", "88 82 M 03e8", "send 880203e8", "end", "closed 1000"),
                good("a close with a reason", "88 85 M 03e9627965", "send 880203e9", "end", "closed 1001"),
                good("a close amid a message", "01 81 M 61 / 88 82 M 03e8", "send 880203e8", "end", "closed 1000"),
                good(
                        "data behind a close",
                        "88 82 M 03e8 / 81 81 M 61 / 88 82 M 0bb8 / ff",
                        "send 880203e8",
                        "end",
                        "closed 1000"));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                bad(Violation.UNMASKED_FRAME, "81 02 6869"),
                bad(Violation.UNMASKED_FRAME, "89 00"),
                bad(Violation.RESERVED_BIT, "c1 82 M 6869"),
                bad(Violation.RESERVED_BIT, "a1 82 M 6869"),
                bad(Violation.RESERVED_BIT, "91 82 M 6869"),
                bad(Violation.RESERVED_BIT, "c9 80 M"),
                bad(Violation.RESERVED_BIT, "01 81 M 61 / c0 81 M 62"),
                bad(Violation.RESERVED_OPCODE, "83 80 M"),
                bad(Violation.RESERVED_OPCODE, "84 80 M"),
                bad(Violation.RESERVED_OPCODE, "85 80 M"),
                bad(Violation.RESERVED_OPCODE, "86 80 M"),
                bad(Violation.RESERVED_OPCODE, "87 80 M"),
                bad(Violation.RESERVED_OPCODE, "8b 80 M"),
                bad(Violation.RESERVED_OPCODE, "8c 80 M"),
                bad(Violation.RESERVED_OPCODE, "8d 80 M"),
                bad(Violation.RESERVED_OPCODE, "8e 80 M"),
                bad(Violation.RESERVED_OPCODE, "8f 80 M"),
                bad(Violation.RESERVED_OPCODE, "83 ff 0000000040000000 M"),
                bad(Violation.RESERVED_OPCODE, "83"),
                bad(Violation.LENGTH_NEGATIVE, "82 ff ffffffffffffffff M"),
                bad(Violation.LENGTH_NEGATIVE, "82 ff 80"),
                bad(Violation.MESSAGE_TOO_BIG, "82 ff 7fffffffffffffff"),
                bad(Violation.MESSAGE_TOO_BIG, "82 ff 0000000080000000"),
                bad(Violation.MESSAGE_TOO_BIG, "82 ff 0000000100000005"),
                bad(Violation.MESSAGE_TOO_BIG, "82 ff 0000000000010001"),
                bad(Violation.LENGTH_NOT_MINIMAL, "82 fe 0005 M 6869686968"),
                bad(Violation.LENGTH_NOT_MINIMAL, "82 fe 007d M"),
                bad(Violation.LENGTH_NOT_MINIMAL, "82 ff 000000000000007e M"),
                bad(Violation.LENGTH_NOT_MINIMAL, "82 ff 000000000000ffff M"),
                bad(Violation.CONTROL_TOO_LONG, "89 fe 007e M"),
                bad(Violation.CONTROL_TOO_LONG, "88 fe"),
                bad(Violation.FRAGMENTED_CONTROL, "09 80 M"),
                bad(Violation.FRAGMENTED_CONTROL, "08"),
                bad(Violation.UNEXPECTED_CONTINUATION, "80 80 M"),
                bad(Violation.UNEXPECTED_CONTINUATION, "00 81 M 61"),
                bad(Violation.EXPECTED_CONTINUATION, "01 81 M 61 / 81 81 M 62"),
                bad(Violation.EXPECTED_CONTINUATION, "01 81 M 61 / 02"),
                bad(Violation.TEXT_NOT_UTF8, "81 82 M c0af"),
                bad(Violation.TEXT_NOT_UTF8, "81 83 M eda080"),
                bad(Violation.TEXT_NOT_UTF8, "81 84 M f4908080"),
                bad(Violation.TEXT_NOT_UTF8, "81 81 M c3"),
                bad(Violation.TEXT_NOT_UTF8, "01 82 M e282 / 80 81 M 28"),
                bad(Violation.TEXT_NOT_UTF8, "01 81 M c3 / 80 80 M"),
                bad(Violation.TEXT_NOT_UTF8, "81 fe ffff M 61c0"),
                bad(Violation.CLOSE_PAYLOAD_TOO_SHORT, "88 81 M 03"),
                bad(Violation.CLOSE_REASON_NOT_UTF8, "88 84 M 03e8c0af"),
                bad(Violation.CLOSE_REASON_NOT_UTF8, "88 83 M 03e8c3"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("correct")
    void isUnderstood(String name, byte[] bytes, List<String> expected) {
        for (List<String> did : inEveryPiece(Peer::new, bytes)) {
            assertThat(did).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("wrong")
    void isRefused(Violation violation, String notation) {
        for (List<String> did : inEveryPieceWithMoreBehind(Peer::new, notation)) {
            assertThat(did).endsWith(refusal(violation)).doesNotContain("text a", "send 8a00");
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("wrong")
    void isRefusedWithItsLastByteEvenIfNothingFollows(Violation violation, String notation) {
        assertThat(new Peer().receive(notation).ended()).endsWith(refusal(violation));
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 3999, 4000, 4999})
    void aCloseCodeThatMayBeSentIsEchoed(int code) {
        String hex = "%04x".formatted(code);
        assertThat(new Peer().receive("88 82 M " + hex).ended())
                .containsExactly("send 8802" + hex, "end", "closed " + code);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    void aCloseCodeThatMayNotBeSentIsRefused(int code) {
        assertThat(new Peer().receive("88 82 M %04x".formatted(code)).ended())
                .containsExactly(refusal(Violation.CLOSE_CODE_RESERVED));
    }

    @Test
    void aCloseReasonOf123BytesIsTakenAndOneOf124IsRefused() {
        assertThat(new Peer().receive("88 fd M 03e8 " + "61".repeat(123)).ended())
                .contains("end");
        assertThat(new Peer().receive("88 fe 007e M 03e8 " + "61".repeat(124)).ended())
                .containsExactly(refusal(Violation.CONTROL_TOO_LONG));
    }

    @Test
    void badUtf8IsRefusedAtTheBadByteAndNotAtTheEndOfTheFrame() {
        Peer peer = new Peer();
        byte[] frame = ClientBytes.of("81 fe 1000 M 6161 ed a0");
        peer.receive(frame, 0, frame.length - 1);
        assertThat(peer.did).isEmpty();
        peer.receive(frame, frame.length - 1, frame.length);
        assertThat(peer.ended()).containsExactly(refusal(Violation.TEXT_NOT_UTF8));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 124, 125, 126, 127, 128, 65534, 65535, 65536})
    void everyLengthAroundABoundaryOfTheHeaderIsUnderstood(int length) {
        byte[] frame = ClientBytes.frame(0x81, "x".repeat(length).getBytes(StandardCharsets.US_ASCII));
        for (int cut = 0; cut <= Math.min(frame.length, 20); cut++) {
            Peer peer = new Peer().receive(frame, 0, cut).receive(frame, cut, frame.length);
            assertThat(peer.ended()).containsExactly("text " + "x".repeat(length), "closed 1006");
        }
    }
}
