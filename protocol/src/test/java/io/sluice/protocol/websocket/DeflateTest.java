package io.sluice.protocol.websocket;

import static io.sluice.protocol.websocket.FrameCases.bad;
import static io.sluice.protocol.websocket.FrameCases.good;
import static io.sluice.protocol.websocket.FrameCases.inEveryPiece;
import static io.sluice.protocol.websocket.FrameCases.inEveryPieceWithMoreBehind;
import static io.sluice.protocol.websocket.FrameCases.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.protocol.websocket.deflate.ClientDeflater;
import io.sluice.protocol.websocket.deflate.DeflateOffer;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import io.sluice.protocol.websocket.deflate.LiveInflaters;
import io.sluice.protocol.websocket.deflate.PerMessageDeflate;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed messages of a client (RFC 7692), in bytes; small ones in two pieces at every place, and byte by byte. */
final class DeflateTest {

    private static final PerMessageDeflate TAKEOVER = agreed(true);
    private static final PerMessageDeflate NO_TAKEOVER = agreed(false);
    private static final WebSocketLimits LIMITS = WebSocketLimits.DEFAULT.withInflate(true);

    static Stream<Arguments> correct() {
        return Stream.of(
                good("7.2.3.1: one block", "c1 87 M f248cdc9c90700", "text Hello"),
                good("7.2.3.1: fragments", "41 83 M f248cd / 80 84 M c9c90700", "text Hello"),
                good(
                        "7.2.3.2: the window shared",
                        "c1 87 M f248cdc9c90700 / c1 85 M f200110000",
                        "text Hello",
                        "text Hello"),
                good("7.2.3.3: no compression", "c1 8b M 000500faff48656c6c6f00", "text Hello"),
                good("7.2.3.4: BFINAL", "c1 88 M f348cdc9c9070000", "text Hello"),
                good("7.2.3.5: two blocks", "c1 8d M f24805000000ffffcac9c90700", "text Hello"),
                good("7.2.3.6: an empty fragment", "41 86 M f248cdc9c907 / 80 81 M 00", "text Hello"),
                good("an empty message", "c1 81 M 00", "text "),
                good("a binary message", "c2 87 M f248cdc9c90700", "binary 48656c6c6f"),
                good("BFINAL twice in a message", "c1 8f M f348cdc9c90700 f348cdc9c90700 00", "text HelloHello"),
                good("an uncompressed message", "81 85 M 48656c6c6f", "text Hello"),
                good(
                        "an uncompressed message between compressed ones is no context",
                        "c1 87 M f248cdc9c90700 / 81 82 M 7878 / c1 85 M f200110000",
                        "text Hello",
                        "text xx",
                        "text Hello"),
                good("an empty first fragment", "41 80 M / 80 87 M f248cdc9c90700", "text Hello"),
                good("empty fragments between", "41 81 M f2 / 00 80 M / 80 86 M 48cdc9c90700", "text Hello"),
                good("an empty last fragment", "41 87 M f248cdc9c90700 / 80 80 M", "text Hello"),
                good(
                        "a ping between fragments",
                        "41 83 M f248cd / 89 81 M 70 / 80 84 M c9c90700",
                        "send 8a0170",
                        "text Hello"),
                good("characters of more than one byte", "c1 8a M 7ad4b4e6c3fc190d0000", "text \u20ac\ud83d\ude00"),
                good("a close amid a message", "41 83 M f248cd / 88 82 M 03e8", "send 880203e8", "end", "closed 1000"));
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                bad(Violation.RESERVED_BIT, "41 83 M f248cd / c0 84 M c9c90700"),
                bad(Violation.RESERVED_BIT, "41 83 M f248cd / 40 84 M c9c90700"),
                bad(Violation.RESERVED_BIT, "c9 80 M"),
                bad(Violation.RESERVED_BIT, "ca 80 M"),
                bad(Violation.RESERVED_BIT, "c8 80 M"),
                bad(Violation.RESERVED_BIT, "e1 80 M"),
                bad(Violation.RESERVED_BIT, "d1 80 M"),
                bad(Violation.RESERVED_BIT, "a1 80 M"),
                bad(Violation.RESERVED_OPCODE, "c3 80 M"),
                bad(Violation.EXPECTED_CONTINUATION, "41 83 M f248cd / c1 87 M f248cdc9c90700"),
                bad(Violation.CORRUPT_DEFLATE, "c1 80 M"),
                bad(Violation.CORRUPT_DEFLATE, "c1 81 M 06"),
                bad(Violation.CORRUPT_DEFLATE, "c1 86 M f248cdc9c907"),
                bad(Violation.CORRUPT_DEFLATE, "c1 8b M f248cdc9c907000000ffff"),
                bad(Violation.CORRUPT_DEFLATE, "c1 85 M f200110000"),
                bad(Violation.CORRUPT_DEFLATE, "41 80 M / 80 80 M"),
                bad(Violation.CORRUPT_DEFLATE, "41 83 M f248cd / 80 80 M"),
                bad(Violation.TEXT_NOT_UTF8, "c1 88 M 000200fdffe28200"),
                bad(Violation.TEXT_NOT_UTF8, "c1 88 M 000200fdffeda000"),
                bad(Violation.TEXT_NOT_UTF8, "41 87 M 000200fdffe282 / 80 81 M 00"));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("correct")
    void isUnderstood(String name, byte[] bytes, List<String> expected) {
        for (List<String> did : inEveryPiece(() -> peer(TAKEOVER, LIMITS), bytes)) {
            assertThat(did).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("wrong")
    void isRefused(Violation violation, String notation) {
        for (List<String> did : inEveryPieceWithMoreBehind(() -> peer(TAKEOVER, LIMITS), notation)) {
            assertThat(did).endsWith(refusal(violation)).doesNotContain("text a", "send 8a00");
        }
        assertThat(peer(TAKEOVER, LIMITS).receive(notation).ended()).endsWith(refusal(violation));
    }

    /** Two faults, of which the first in the text decides, in whatever pieces zlib is given it. */
    @ParameterizedTest
    @CsvSource({
        "TEXT_NOT_UTF8, c1 87 M 000100feffc0 06", // stored, C0, and then block type 3
        "TEXT_NOT_UTF8, c1 84 M 4a3c3006", // a, C0, and then no code
        "TEXT_NOT_UTF8, c1 85 M 3a00bc0000", // C0, and then a distance with nothing there
        "TEXT_NOT_UTF8, 41 82 M 4a3c / 80 82 M 3006",
        "CORRUPT_DEFLATE, c1 85 M 4a1c3b0000", // a, then no code, and then C0
        "CORRUPT_DEFLATE, c1 86 M 025e00700000", // a distance with nothing there, and then C0
        "CORRUPT_DEFLATE, c1 89 M 000300fcff61e282 06", // stored, a character that is not finished, and then block type
        // 3
        "CORRUPT_DEFLATE, c1 86 M 4a4c4c4c1c03", // four letters, and then no code
        "MESSAGE_TOO_BIG, c1 89 M 4a4c4c4c4c045e0000", // a letter more, and then a distance with nothing there
        "MESSAGE_TOO_BIG, c1 8e M 000800f7ff61616161 61c06161 06", // a letter more, C0, and then block type 3
        "TEXT_NOT_UTF8, c1 8e M 000800f7ff616161c0 61616161 06",
        "TEXT_NOT_UTF8, c1 8e M 000800f7ff61616161 c0616161 06" // the byte beyond the limit is the wrong one
    })
    void theFirstOfTwoFaultsDecidesHoweverTheBytesAreCut(Violation violation, String notation) {
        WebSocketLimits four = new WebSocketLimits(4, 1024, 30_000, 10, true);
        for (List<String> did : inEveryPieceWithMoreBehind(() -> peer(NO_TAKEOVER, four), notation)) {
            assertThat(did).containsExactly(refusal(violation));
        }
    }

    @Test
    void withoutAnAgreementRsv1IsRefused() {
        assertThat(peer(null, LIMITS).receive("c1 87 M f248cdc9c90700").ended())
                .containsExactly(refusal(Violation.RESERVED_BIT));
    }

    @Test
    void withoutContextTakeoverAReferenceToTheLastMessageIsRefused() {
        Peer peer = peer(NO_TAKEOVER, LIMITS).receive("c1 87 M f248cdc9c90700 / c1 85 M f200110000");
        assertThat(peer.ended()).startsWith("text Hello").endsWith(refusal(Violation.CORRUPT_DEFLATE));
    }

    @Test
    void aCompressedMessageIsRefusedOnItsFirstByteUntilTheLimitsAllowIt() {
        assertThat(peer(TAKEOVER, WebSocketLimits.DEFAULT).receive("c1").ended())
                .containsExactly(refusal(Violation.DEFLATE_NOT_ALLOWED));
        Peer peer = peer(TAKEOVER, WebSocketLimits.DEFAULT).receive("81 85 M 48656c6c6f");
        peer.connection.limits(LIMITS);
        assertThat(peer.receive("c1 87 M f248cdc9c90700").ended())
                .containsExactly("text Hello", "text Hello", "closed 1006");
    }

    @Test
    void badUtf8IsRefusedAsSoonAsItIsInflated() {
        Peer peer = peer(NO_TAKEOVER, LIMITS).receive("41 89 M 00ff0f00f061 ed a0");
        assertThat(peer.ended()).containsExactly(refusal(Violation.TEXT_NOT_UTF8));
    }

    @Test
    void theLimitIsOnWhatWasInflatedToTheByte() {
        for (int limit : new int[] {0, 1, 255, 256, 257, 5000, 65536}) {
            for (boolean fragments : new boolean[] {false, true}) {
                WebSocketLimits limits = new WebSocketLimits(limit, 1024, 30_000, 10, true);
                assertThat(inEveryPiece(() -> peer(NO_TAKEOVER, limits), frames("a".repeat(limit), fragments)))
                        .allSatisfy(did -> assertThat(did).containsExactly("text " + "a".repeat(limit), "closed 1006"));
                assertThat(inEveryPiece(() -> peer(NO_TAKEOVER, limits), frames("a".repeat(limit + 1), fragments)))
                        .allSatisfy(did -> assertThat(did).containsExactly(refusal(Violation.MESSAGE_TOO_BIG)));
            }
        }
    }

    @Test
    void whatDoesNotCompressMayBeLongerThanTheLimitOnTheWire() {
        byte[] noise = new byte[60_000];
        new Random(1).nextBytes(noise);
        byte[] payload = payload(noise);
        assertThat(payload).hasSizeGreaterThan(noise.length);
        WebSocketLimits limits = new WebSocketLimits(noise.length, 1024, 30_000, 10, true);
        assertThat(peer(NO_TAKEOVER, limits)
                        .receive(ClientBytes.frame(0xC2, payload))
                        .ended())
                .containsExactly("binary " + HexFormat.of().formatHex(noise), "closed 1006");
    }

    @Test
    void aFrameThatIsTooLongWhateverItInflatesToIsRefusedOnItsHeader() {
        WebSocketLimits limits = new WebSocketLimits(1000, 1024, 30_000, 10, true);
        assertThat(peer(NO_TAKEOVER, limits).receive("c2 fe 0bd0 M 00").ended()).containsExactly("closed 1006");
        assertThat(peer(NO_TAKEOVER, limits).receive("c2 fe 0bd1").ended())
                .containsExactly(refusal(Violation.MESSAGE_TOO_BIG));
    }

    @Test
    void aBombOfOneGibibyteIsRefusedWithinTwiceTheLimit() {
        byte[] bomb = ClientDeflater.bomb(1024);
        assertThat(bomb).hasSizeLessThan(2 << 20);
        int limit = 1 << 20;
        ReassemblyBudget budget = new ReassemblyBudget(2L * limit);
        Peer peer = new Peer(
                WebSocketSettings.defaults()
                        .withLimits(new WebSocketLimits(limit, 1024, 30_000, 10, true))
                        .withReassembly(budget),
                NO_TAKEOVER);
        byte[] frame = ClientBytes.frame(0xC2, bomb);
        peer.receive(frame, 0, 4000);
        assertThat(peer.ended()).containsExactly(refusal(Violation.MESSAGE_TOO_BIG));
        assertThat(budget.held()).isZero();
    }

    @Test
    void aBombInOnePieceIsRefusedToo() {
        byte[] bomb = ClientBytes.frame(0xC2, ClientDeflater.bomb(1024));
        assertThat(peer(NO_TAKEOVER, new WebSocketLimits(1 << 20, 1024, 30_000, 10, true))
                        .receive(bomb)
                        .ended())
                .containsExactly(refusal(Violation.MESSAGE_TOO_BIG));
        assertThat(peer(NO_TAKEOVER, LIMITS)
                        .receive(ClientBytes.frame(0xC1, ClientDeflater.bomb(64)))
                        .ended())
                .containsExactly(refusal(Violation.MESSAGE_TOO_BIG));
    }

    @Test
    void aBombInAThousandFragmentsIsRefusedAsSoonAsItPassesTheLimit() {
        byte[] bomb = ClientDeflater.bomb(64);
        Peer peer = peer(NO_TAKEOVER, LIMITS);
        int piece = bomb.length / 1000;
        int sent = 0;
        while (peer.did.isEmpty()) {
            byte[] payload = Arrays.copyOfRange(bomb, sent * piece, (sent + 1) * piece);
            peer.receive(ClientBytes.frame(sent == 0 ? 0x42 : 0x00, payload));
            sent++;
        }
        assertThat(sent).isLessThan(10);
        assertThat(peer.ended()).containsExactly(refusal(Violation.MESSAGE_TOO_BIG));
    }

    @Test
    void anUnfinishedCompressedMessageIsChargedWhatItHoldsAndGivesItBack() {
        ReassemblyBudget budget = new ReassemblyBudget(1 << 20);
        WebSocketSettings settings =
                WebSocketSettings.defaults().withLimits(LIMITS).withReassembly(budget);
        Peer peer = new Peer(settings, TAKEOVER).receive("41 83 M f248cd");
        assertThat(budget.held()).isEqualTo((48 << 10) + 256 + 128);
        peer.receive("80 84 M c9c90700");
        assertThat(budget.held()).isZero();
        assertThat(peer.receive("41 83 M f248cd").ended()).containsExactly("text Hello", "closed 1006");
        assertThat(budget.held()).isZero();
    }

    @Test
    void aCompressedMessageThatArrivesWholeIsNotChargedAndOneThatDoesNotMayBeTooMuch() {
        WebSocketSettings settings =
                WebSocketSettings.defaults().withLimits(LIMITS).withReassembly(new ReassemblyBudget(48 << 10));
        Peer peer = new Peer(settings, TAKEOVER).receive("c1 87 M f248cdc9c90700 / 41 83 M f248cd");
        assertThat(peer.ended()).startsWith("text Hello").endsWith(refusal(Violation.REASSEMBLY_BUDGET));
    }

    @Test
    void noInflaterIsHeldAfterTheEndWhateverEndedTheConnection() {
        List<Peer> peers = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            peers.add(peer(TAKEOVER, LIMITS).receive("c1 87 M f248cdc9c90700 / 41 83 M f248cd"));
        }
        assertThat(LiveInflaters.count()).isGreaterThanOrEqualTo(200);
        for (int n = 0; n < peers.size(); n++) {
            Peer peer = peers.get(n);
            switch (n % 5) {
                case 0 -> peer.receive("83");
                case 1 -> peer.receive("80 81 M ff");
                case 2 -> peer.receive("88 80 M");
                case 3 -> peer.connection.close(1001, "", peer.now);
                default -> {}
            }
            peer.ended();
        }
        assertThat(LiveInflaters.count()).isLessThanOrEqualTo(LiveInflaters.IDLE);
    }

    @Test
    void manyThousandConnectionsOneAfterAnotherHoldNothing() {
        byte[] bytes = ClientBytes.of("c1 87 M f248cdc9c90700 / 41 83 M f248cd");
        for (int n = 0; n < 5_000; n++) {
            peer(TAKEOVER, LIMITS).receive(bytes, 0, 1 + n % bytes.length).ended();
        }
        assertThat(LiveInflaters.count()).isLessThanOrEqualTo(LiveInflaters.IDLE);
    }

    @Test
    void whatComesBehindAnOwnCloseIsNotInflated() {
        Peer peer = peer(TAKEOVER, LIMITS).receive("41 83 M f248cd");
        peer.connection.close(1001, "", peer.now);
        peer.receive("80 84 M ffffffff / c1 84 M ffffffff / 88 82 M 03e9");
        assertThat(peer.ended()).containsExactly("send 880203e9", "end", "closed 1001");
    }

    @Test
    void theApplicationMayCloseFromWithinACompressedMessage() {
        Peer peer = peer(TAKEOVER, LIMITS);
        peer.also = event -> {
            if (event.startsWith("text")) {
                peer.connection.close(1000, "", peer.now);
            }
        };
        peer.receive("c1 87 M f248cdc9c90700 / c1 85 M f200110000 / 88 82 M 03e8");
        assertThat(peer.ended()).containsExactly("text Hello", "send 880203e8", "end", "closed 1000");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void randomMessagesInRandomFragmentsAndPiecesComeOutAsTheyWere(boolean takeover) {
        Random random = new Random(7692);
        for (int n = 0; n < 60; n++) {
            List<String> expected = new ArrayList<>();
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            try (ClientDeflater client = new ClientDeflater(takeover)) {
                for (int m = 1 + random.nextInt(5); m > 0; m--) {
                    String text = text(random);
                    boolean compressed = random.nextInt(4) > 0;
                    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                    byte[] payload = compressed ? client.payload(bytes) : bytes;
                    int b0 = compressed ? 0x41 : 0x01;
                    int from = 0;
                    while (random.nextInt(3) > 0) {
                        int to = from + random.nextInt(payload.length - from + 1);
                        sent.writeBytes(ClientBytes.frame(b0, Arrays.copyOfRange(payload, from, to)));
                        b0 = 0;
                        from = to;
                    }
                    sent.writeBytes(ClientBytes.frame(0x80 | b0, Arrays.copyOfRange(payload, from, payload.length)));
                    expected.add("text " + text);
                }
            }
            expected.add("closed 1006");
            Peer peer = peer(takeover ? TAKEOVER : NO_TAKEOVER, LIMITS);
            byte[] bytes = sent.toByteArray();
            for (int from = 0; from < bytes.length; ) {
                int to = from + 1 + random.nextInt(Math.min(5000, bytes.length - from));
                peer.receive(bytes, from, to);
                from = to;
            }
            assertThat(peer.ended()).isEqualTo(expected);
        }
    }

    @Test
    void aMessageOf16MebibytesIsInflated() {
        byte[] message = "0123456789abcdef".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        WebSocketLimits limits = new WebSocketLimits(message.length, 1024, 30_000, 10, true);
        Peer peer = peer(TAKEOVER, limits).receive(ClientBytes.frame(0xC1, payload(message)));
        assertThat(peer.ended().get(0)).hasSize("text ".length() + message.length);
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int n = random.nextInt(1 << random.nextInt(12)); n > 0; n--) {
            text.appendCodePoint("ab \u00e9\u20ac".charAt(random.nextInt(5)));
            if (random.nextInt(20) == 0) {
                text.append("\ud83d\ude00");
            }
        }
        return text.toString();
    }

    private static byte[] frames(String text, boolean fragments) {
        byte[] payload = payload(text.getBytes(StandardCharsets.US_ASCII));
        if (!fragments) {
            return ClientBytes.frame(0xC1, payload);
        }
        int half = payload.length / 2;
        return ClientBytes.join(
                ClientBytes.frame(0x41, Arrays.copyOf(payload, half)),
                ClientBytes.frame(0x80, Arrays.copyOfRange(payload, half, payload.length)));
    }

    private static byte[] payload(byte[] message) {
        try (ClientDeflater client = new ClientDeflater(false)) {
            return client.payload(message);
        }
    }

    private static Peer peer(@Nullable PerMessageDeflate deflate, WebSocketLimits limits) {
        return new Peer(WebSocketSettings.defaults().withLimits(limits), deflate);
    }

    private static PerMessageDeflate agreed(boolean takeover) {
        return PerMessageDeflate.accept(new DeflateOffer(false, false, 0, 15), new DeflateSettings(takeover, 6, 0));
    }
}
