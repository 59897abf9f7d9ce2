package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing the connection: 7.1 definitions, 7.2 abnormal closures, 7.4 status codes; 5.5.1 the close frame. */
final class Rfc6455Section7Test extends OverASocket {

    @Test
    void section7_1_2_aCloseBehindAMessageIsAnsweredBehindItsEcho() throws IOException {
        try (Conversation client = open()) {
            client.send("81 85 M 48656c6c6f / 88 82 M 03e8")
                    .expect("text Hello", "close 1000")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "a second close, 88 82 M 03e8 / 88 82 M 0bb8",
        "a ping, 88 82 M 03e8 / 89 81 M 61",
        "a message, 88 82 M 03e8 / 81 81 M 61",
        "the rest of a message, 01 81 M 61 / 88 82 M 03e8 / 80 81 M 62",
        "garbage, 88 82 M 03e8 / ffffffff"
    })
    void section5_5_1_whatComesBehindACloseIsIgnored(String what, String frames) throws IOException {
        byte[] bytes = ClientBytes.of(frames);
        try (Conversation client = open()) {
            client.send(bytes).expect("close 1000").expectEnd();
        }
    }

    /** Whether a message right before the close is echoed is the server's affair; this one does. */
    @Test
    void section7_1_4_aLongMessageAndACloseAndAPingEndCleanly() throws IOException {
        byte[] text = "x".repeat(256 << 10).getBytes(StandardCharsets.US_ASCII);
        try (Conversation client = open()) {
            client.send(ClientBytes.join(ClientBytes.frame(0x81, text), ClientBytes.of("88 82 M 03e8 / 89 80 M")))
                    .expect(0x81, text)
                    .expect("close 1000")
                    .expectEnd();
        }
    }

    @Test
    void section5_5_1_aCloseWithoutACodeIsAnsweredWith1000() throws IOException {
        try (Conversation client = open()) {
            client.send("88 80 M").expect("close 1000").expectEnd();
        }
    }

    @Test
    void section5_5_1_aCloseOfOneByteFailsTheConnection() throws IOException {
        try (Conversation client = open()) {
            client.send("88 81 M 03").expect("close 1002").expectEnd();
        }
    }

    @Test
    void section5_5_1_aReasonMayBe123BytesLongAndNotOneMore() throws IOException {
        try (Conversation client = open()) {
            client.send("88 87 M 03e8 48656c6c6f").expect("close 1000").expectEnd();
        }
        try (Conversation client = open()) {
            client.send("88 fd M 03e8 " + "2a".repeat(123)).expect("close 1000").expectEnd();
        }
        try (Conversation client = open()) {
            client.send("88 fe 007e M 03e8 " + "2a".repeat(124))
                    .expect("close 1002")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cebae1bdb9cf83cebcceb5eda080656469746564", "c0af", "f4908080", "e282"})
    void section5_5_1_aReasonThatIsNotUtf8FailsTheConnection(String reason) throws IOException {
        try (Conversation client = open()) {
            client.send("88 %02x M 03e8 ".formatted(0x82 + reason.length() / 2) + reason)
                    .expect("close 1007")
                    .expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    void section7_4_aCodeThatMayBeSentIsEchoed(int code) throws IOException {
        try (Conversation client = open()) {
            client.send("88 82 M %04x".formatted(code)).expect("close " + code).expectEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    void section7_4_aCodeThatMayNotBeSentFailsTheConnection(int code) throws IOException {
        try (Conversation client = open()) {
            client.send("88 82 M %04x".formatted(code)).expect("close 1002").expectEnd();
        }
    }

    @Test
    void section7_1_1_theServerEndsTheConnectionFirst() throws IOException {
        try (Conversation client = open()) {
            long sent = System.nanoTime();
            client.send("88 82 M 03e8").expect("close 1000").expectEnd();
            assertThat(System.nanoTime() - sent)
                    .as("without waiting for the client")
                    .isLessThan(4_000_000_000L);
        }
    }

    @Test
    void section7_1_7_aClientThatSendsOnAfterItFailedStillLearnsWhy() throws IOException {
        try (Conversation client = open()) {
            client.send("81 02 6869")
                    .send(new byte[200_000])
                    .expect("close 1002")
                    .expectEnd();
        }
    }
}
