package io.sluice.protocol.websocket.conformance;

import io.sluice.protocol.websocket.ClientBytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server has to bear (10.4, implementation-specific limits): long messages, many of them, in many fragments and pieces. */
final class Rfc6455Section10Test extends OverASocket {

    private static final int MIB = 1 << 20;

    @ParameterizedTest
    @ValueSource(ints = {64 << 10, 256 << 10, MIB, 4 * MIB, 8 * MIB, 16 * MIB})
    void section10_4_aLongMessageIsEchoed(int length) throws IOException {
        try (Conversation client = open()) {
            byte[] text = text(length);
            client.send(ClientBytes.frame(0x81, text)).expect(0x81, text);
            byte[] bytes = bytes(length);
            client.send(ClientBytes.frame(0x82, bytes)).expect(0x82, bytes);
            client.hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, MIB, 4 * MIB})
    void section10_4_fourMebibytesInFragmentsOfAnySizeAreEchoed(int fragment) throws IOException {
        try (Conversation client = open()) {
            byte[] text = text(4 * MIB);
            client.send(Fragments.of(0x01, text, fragment)).expect(0x81, text);
            byte[] bytes = bytes(4 * MIB);
            client.send(Fragments.of(0x02, bytes, fragment)).expect(0x82, bytes);
            client.hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512, 1024, 2048})
    void section10_4_aMebibyteInWritesOfAnySizeIsEchoed(int piece) throws IOException {
        try (Conversation client = open()) {
            byte[] text = text(MIB);
            client.sendInPieces(ClientBytes.frame(0x81, text), piece).expect(0x81, text);
            byte[] bytes = bytes(MIB);
            client.sendInPieces(ClientBytes.frame(0x82, bytes), piece).expect(0x82, bytes);
            client.hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16, 64, 256, 1024, 4096})
    void section10_4_manyMessagesOneAfterAnotherAreEchoed(int length) throws IOException {
        try (Conversation client = open()) {
            byte[] text = text(length);
            byte[] frame = ClientBytes.frame(0x81, text);
            for (int n = 0; n < 300; n++) {
                client.send(frame).expect(0x81, text);
            }
            client.hangUp();
        }
    }

    @ParameterizedTest
    @CsvSource({"65536, 1300", "65536, 1", "1048576, 65535"})
    void section10_4_aMessageThatASenderCutsIsEchoedAsOne(int length, int fragment) throws IOException {
        byte[] text = text(length);
        try (Conversation client = open()) {
            client.send(Fragments.of(0x01, text, fragment)).expect(0x81, text).hangUp();
        }
    }

    /** Valid UTF-8 whose characters fall on every cut. */
    private static byte[] text(int length) {
        byte[] text = new byte[length];
        byte[] pattern = "a\u00e9\u20ac\ud83d\ude00".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < length; i++) {
            text[i] = i < length - length % pattern.length ? pattern[i % pattern.length] : (byte) 'z';
        }
        return text;
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
