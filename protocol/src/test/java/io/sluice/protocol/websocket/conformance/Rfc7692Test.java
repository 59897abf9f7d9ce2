package io.sluice.protocol.websocket.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.conformance.DeflateConversation.Message;
import io.sluice.protocol.websocket.deflate.ClientDeflater;
import io.sluice.protocol.websocket.deflate.LegalOffer;
import io.sluice.protocol.websocket.netty.EchoServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** permessage-deflate: 5 what is agreed, 6 framing, 7.1 its parameters, 7.2 messages of every size with each of them. */
final class Rfc7692Test {

    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final String DEFLATE = "permessage-deflate";
    private static final EchoServer SERVER = new EchoServer("127.0.0.1", 0);
    private static final byte[] JSON = json(128 << 10);
    private static final byte[] NOISE = noise(128 << 10);

    @AfterAll
    static void stop() {
        SERVER.close();
    }

    static Stream<String> offers() {
        return Stream.of(
                        "",
                        "server_no_context_takeover",
                        "client_no_context_takeover",
                        "server_no_context_takeover; client_no_context_takeover",
                        "client_max_window_bits",
                        "client_max_window_bits=8",
                        "client_max_window_bits=9",
                        "client_max_window_bits=10",
                        "client_max_window_bits=15",
                        "server_max_window_bits=8",
                        "server_max_window_bits=9",
                        "server_max_window_bits=10",
                        "server_max_window_bits=15",
                        "client_max_window_bits; server_max_window_bits=9",
                        "server_max_window_bits=8; client_max_window_bits=8",
                        "server_max_window_bits=15; client_max_window_bits=9",
                        "server_no_context_takeover; server_max_window_bits=8",
                        "server_no_context_takeover; client_max_window_bits=10",
                        "client_no_context_takeover; client_max_window_bits=8",
                        "client_no_context_takeover; server_max_window_bits=9",
                        "server_no_context_takeover; client_no_context_takeover; client_max_window_bits",
                        "client_max_window_bits=9; client_no_context_takeover; server_max_window_bits=9; "
                                + "server_no_context_takeover")
                .map(parameters -> parameters.isEmpty() ? DEFLATE : DEFLATE + "; " + parameters);
    }

    @ParameterizedTest
    @MethodSource("offers")
    void section7_1_eachLegalOfferIsTakenAndMessagesOfEverySizeComeBackAsTheyWere(String offer) throws IOException {
        for (int size : new int[] {16, 128, 1 << 10, 4 << 10, 16 << 10, 128 << 10}) {
            try (DeflateConversation client = open(offer)) {
                agreed(client).assertLegalFor(offer);
                for (int n = 0; n < (size <= 4 << 10 ? 20 : size <= 16 << 10 ? 4 : 2); n++) {
                    echo(client, size, n);
                }
                assertThat(client.farthest())
                        .isLessThanOrEqualTo(1 << agreed(client).serverWindowBits());
                client.hangUp();
            }
        }
    }

    /** Messages as long as each window, longer than both, short and empty, all sent before the first comes back. */
    @Test
    void section7_1_inAllCombinationsOfParametersMessagesComeBackAsTheyWere() throws IOException {
        for (LegalOffer offer : LegalOffer.all().toList()) {
            try (DeflateConversation client = open(offer.header())) {
                assertThat(agreed(client))
                        .isEqualTo(new DeflateAnswer(
                                offer.serverTakeover(),
                                offer.clientTakeover(),
                                offer.serverBits(),
                                offer.clientBits()));
                int ours = 1 << offer.serverBits();
                int theirs = 1 << offer.clientBits();
                int[] lengths = {0, 1, 90, ours, 200, theirs + 1, 2 * Math.max(ours, theirs) + 99, 100};
                for (int length : lengths) {
                    client.send(TEXT, message(TEXT, length, 0), 1);
                }
                for (int length : lengths) {
                    assertIs(client.receive(), TEXT, message(TEXT, length, 0));
                }
                assertThat(client.farthest()).isBetween(40, ours);
            }
        }
    }

    @Test
    void section7_2_aMessageOf16MebibytesComesBack() throws IOException {
        byte[] message = "0123456789abcdef".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        try (DeflateConversation client = open(DEFLATE + "; client_max_window_bits")) {
            client.send(TEXT, message, 1);
            Message echo = client.receive();
            assertIs(echo, TEXT, message);
            assertThat(echo.compressed()).isTrue();
            client.hangUp();
        }
    }

    @Test
    void section7_2_whatAPlainZlibSendsComesBack() throws IOException {
        try (DeflateConversation client = open(DEFLATE);
                ClientDeflater zlib = new ClientDeflater(true)) {
            for (int n = 0; n < 100; n++) {
                byte[] message = message(TEXT, 50 * n, n);
                client.send(ClientBytes.frame(0xC1, zlib.payload(message)));
                assertIs(client.receive(), TEXT, message);
            }
            client.hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DEFLATE,
                DEFLATE + "; server_max_window_bits=8; client_max_window_bits=8",
                DEFLATE + "; server_no_context_takeover; client_no_context_takeover"
            })
    void section7_2_messagesOfAllSizesShareOneConnection(String offer) throws IOException {
        try (DeflateConversation client = open(offer)) {
            int[] sizes = {128 << 10, 16, 16 << 10, 128, 4 << 10, 1 << 10};
            for (int n = 0; n < 20; n++) {
                echo(client, sizes[n % sizes.length], n);
            }
            client.hangUp();
        }
    }

    @Test
    void section7_2_messagesSentAtOnceComeBackInOrder() throws IOException {
        try (DeflateConversation client = open(DEFLATE)) {
            for (int n = 0; n < 20; n++) {
                client.send(TEXT, message(TEXT, 1 << 10, n), 1 + n % 3);
            }
            for (int n = 0; n < 20; n++) {
                assertIs(client.receive(), TEXT, message(TEXT, 1 << 10, n));
            }
            client.hangUp();
        }
    }

    static Stream<Arguments> several() {
        String eight = DEFLATE + "; server_max_window_bits=8";
        String nine = DEFLATE + "; server_max_window_bits=9; server_no_context_takeover";
        String unknown = DEFLATE + "; server_max_window_bits=7";
        return Stream.of(
                Arguments.of(List.of(eight + ", " + nine), eight),
                Arguments.of(List.of(nine + "," + eight), nine),
                Arguments.of(List.of(nine, eight), nine),
                Arguments.of(List.of(eight, nine), eight),
                Arguments.of(List.of(unknown + ", " + nine), nine),
                Arguments.of(List.of(unknown, eight), eight),
                Arguments.of(List.of("x-unknown; a=1, " + DEFLATE + "; a", unknown + ", " + eight), eight),
                Arguments.of(List.of(DEFLATE + "; client_max_window_bits, " + DEFLATE), DEFLATE));
    }

    @ParameterizedTest
    @MethodSource("several")
    void section5_1_ofSeveralOffersTheFirstLegalOneIsTaken(List<String> headers, String taken) throws IOException {
        try (DeflateConversation client = new DeflateConversation(SERVER.port(), headers)) {
            DeflateAnswer wanted = DeflateAnswer.parse(taken);
            assertThat(agreed(client)).isEqualTo(wanted);
            for (int n = 0; n < 4; n++) {
                echo(client, 4 << 10, n);
            }
            client.hangUp();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                DEFLATE + "; server_max_window_bits",
                DEFLATE + "; server_max_window_bits=7",
                DEFLATE + "; server_max_window_bits=16",
                DEFLATE + "; server_max_window_bits=08",
                DEFLATE + "; client_max_window_bits=7",
                DEFLATE + "; client_max_window_bits=16",
                DEFLATE + "; client_max_window_bits=9; client_max_window_bits=9",
                DEFLATE + "; server_no_context_takeover=1",
                DEFLATE + "; client_no_context_takeover; client_no_context_takeover",
                DEFLATE + "; unknown",
                "x-webkit-deflate-frame"
            })
    void section7_1_anIllegalOfferIsDeclinedAndMessagesGoUncompressed(String offer) throws IOException {
        try (DeflateConversation client = open(offer)) {
            assertThat(client.agreed()).isNull();
            echo(client, 4 << 10, 0);
            client.hangUp();
        }
    }

    @Test
    void section5_1_withoutAnOfferNothingIsCompressed() throws IOException {
        try (DeflateConversation client = new DeflateConversation(SERVER.port(), List.of())) {
            assertThat(client.agreed()).isNull();
            echo(client, 4 << 10, 0);
            client.hangUp();
        }
    }

    /** Two of three are text, which is compressed; the noise between them is not. One, two or more frames, in turn. */
    private static void echo(DeflateConversation client, int size, int n) throws IOException {
        int opcode = n % 3 == 1 ? BINARY : TEXT;
        byte[] message = message(opcode, size, n);
        client.send(opcode, message, n % 4 == 3 ? 50 : 1 + n % 4);
        Message echo = client.receive();
        assertIs(echo, opcode, message);
        if (size >= 1 << 10) {
            assertThat(echo.compressed()).isEqualTo(client.agreed() != null && opcode == TEXT);
        }
    }

    private static void assertIs(Message message, int opcode, byte[] payload) {
        assertThat(message.opcode()).isEqualTo(opcode);
        assertThat(Arrays.equals(message.payload(), payload))
                .as("a message of %d bytes as it was", payload.length)
                .isTrue();
    }

    private static byte[] message(int opcode, int size, int n) {
        byte[] all = opcode == TEXT ? JSON : NOISE;
        int from = Math.min(n * 37, all.length - size);
        return Arrays.copyOfRange(all, from, from + size);
    }

    private static DeflateConversation open(String offer) throws IOException {
        return new DeflateConversation(SERVER.port(), List.of(offer));
    }

    private static DeflateAnswer agreed(DeflateConversation client) {
        @Nullable DeflateAnswer agreed = client.agreed();
        assertThat(agreed).as("an agreement").isNotNull();
        return agreed;
    }

    private static byte[] json(int size) {
        Random random = new Random(7692);
        StringBuilder json = new StringBuilder();
        while (json.length() < size) {
            json.append("{\"op\":\"publish\",\"stream\":\"orders.%d\",\"price\":%d.%02d,\"open\":%b},"
                    .formatted(random.nextInt(100), random.nextInt(5000), random.nextInt(100), random.nextBoolean()));
        }
        return json.substring(0, size).getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] noise(int size) {
        byte[] noise = new byte[size];
        new Random(7692).nextBytes(noise);
        return noise;
    }
}
