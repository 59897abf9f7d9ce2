package io.sluice.protocol.websocket;

import static io.sluice.protocol.websocket.FrameCases.bad;
import static io.sluice.protocol.websocket.FrameCases.good;
import static io.sluice.protocol.websocket.FrameCases.inEveryPiece;
import static io.sluice.protocol.websocket.FrameCases.inEveryPieceWithMoreBehind;
import static io.sluice.protocol.websocket.FrameCases.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each limit bites at its value and not one less. */
final class LimitsTest {

    private static final WebSocketLimits TEN = new WebSocketLimits(10, 4, 30_000, 3);

    static Stream<Arguments> atTheLimit() {
        return Stream.of(
                good("a message", "81 8a M 61616161616161616161", "text aaaaaaaaaa"),
                good("a message in fragments", "01 85 M 6161616161 / 80 85 M 6262626262", "text aaaaabbbbb"),
                good(
                        "an empty fragment behind it",
                        "02 8a M 61616161616161616161 / 80 80 M",
                        "binary " + "61".repeat(10)),
                good("fragments", "01 80 M / 00 80 M / 00 80 M / 80 80 M", "text "),
                good("pings at once", "89 80 M / 89 80 M / 89 80 M", "send 8a00", "send 8a00", "send 8a00"));
    }

    static Stream<Arguments> oneBeyond() {
        return Stream.of(
                bad(Violation.MESSAGE_TOO_BIG, "81 8b"),
                bad(Violation.MESSAGE_TOO_BIG, "81 8b M " + "61".repeat(11)),
                bad(Violation.MESSAGE_TOO_BIG, "82 fe 0080"),
                bad(Violation.MESSAGE_TOO_BIG, "01 85 M 6161616161 / 80 86"),
                bad(Violation.MESSAGE_TOO_BIG, "01 85 M 6161616161 / 00 85 M 6161616161 / 89 80 M / 80 81"),
                bad(Violation.TOO_MANY_FRAGMENTS, "01 80 M / 00 80 M / 00 80 M / 00 80 M / 80"),
                bad(Violation.TOO_MANY_FRAGMENTS, "01 80 M / 00 80 M / 89 80 M / 00 80 M / 00 80 M / 00"),
                bad(Violation.CONTROL_FLOOD, "89 80 M / 89 80 M / 89 80 M / 89 80 M"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("atTheLimit")
    void whatIsExactlyTheLimitIsTaken(String name, byte[] bytes, List<String> expected) {
        for (List<String> did : inEveryPiece(() -> new Peer(TEN), bytes)) {
            assertThat(did).isEqualTo(expected);
        }
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("oneBeyond")
    void oneMoreIsRefusedAsSoonAsItIsKnown(Violation violation, String notation) {
        for (List<String> did : inEveryPieceWithMoreBehind(() -> new Peer(TEN), notation)) {
            assertThat(did).endsWith(refusal(violation)).noneMatch(event -> event.startsWith("text"));
        }
        assertThat(new Peer(TEN).receive(notation).ended()).endsWith(refusal(violation));
    }

    @Test
    void aFloodOfEmptyFragmentsIsRefusedAtTheThousandAndTwentyFifth() {
        Peer peer = new Peer().receive("01 80 M");
        for (int n = 2; n <= 1024; n++) {
            peer.receive("00 80 M");
        }
        assertThat(peer.did).isEmpty();
        assertThat(peer.receive("00 80 M").ended()).containsExactly(refusal(Violation.TOO_MANY_FRAGMENTS));
    }

    @Test
    void aMessageOfAsManyEmptyFragmentsAsTheDefaultIsTaken() {
        Peer peer = new Peer().receive("01 80 M");
        for (int n = 2; n < 1024; n++) {
            peer.receive("00 80 M");
        }
        assertThat(peer.receive("80 80 M").ended()).containsExactly("text ", "closed 1006");
    }

    @Test
    void aLengthThatIsAnnouncedMakesNothing() {
        for (String header : new String[] {"82 ff 0000000000010000 M", "82 fe ffff M", "82 ff 0000000000010001"}) {
            Peer peer = new Peer().receive(header);
            assertThat(peer.held()).isZero();
            peer.ended();
        }
    }

    @Test
    void limitsThatAreReplacedApplyFromTheNextHeader() {
        Peer peer = new Peer(TEN).receive("81 8a");
        peer.connection.limits(new WebSocketLimits(2, 4, 30_000, 3));
        peer.receive("M 61616161616161616161 / 81 83");
        assertThat(peer.ended()).startsWith("text aaaaaaaaaa").endsWith(refusal(Violation.MESSAGE_TOO_BIG));
    }

    @Test
    void aMessageThatIsNeverFinishedIsRefusedAfterItsTimeAndNotBefore() {
        Peer peer = new Peer(TEN).receive("81 8a M 61");
        peer.now += 30 * Peer.SECOND - 1;
        peer.connection.tick(peer.now, 0);
        assertThat(peer.did).noneMatch(event -> event.startsWith("violation"));
        peer.now++;
        peer.connection.tick(peer.now, 0);
        assertThat(peer.ended()).endsWith(refusal(Violation.MESSAGE_TIMEOUT));
    }

    @Test
    void bytesThatTrickleInDoNotMoveTheDeadlineOfTheirMessage() {
        Peer peer = new Peer();
        byte[] frame = ClientBytes.of("81 c0 M " + "61".repeat(64));
        for (int i = 0; i < 60; i++) {
            peer.receive(frame, i, i + 1).pass(Peer.SECOND / 2);
        }
        assertThat(peer.ended()).contains("violation message_timeout");
    }

    @Test
    void aMessageThatIsFinishedJustInTimeIsTaken() {
        Peer peer = new Peer().receive("01 81 M 61").pass(15 * Peer.SECOND).receive("00 81 M 62");
        peer.pass(15 * Peer.SECOND - Peer.SECOND / 4).receive("80 81 M 63");
        assertThat(peer.pass(60 * Peer.SECOND).did).contains("text abc").doesNotContain("violation message_timeout");
        peer.ended();
    }

    @Test
    void manySilentSocketsHoldNothingAndAllEndAtTheirTime() {
        ReassemblyBudget budget = new ReassemblyBudget(0);
        List<Peer> peers = new ArrayList<>();
        for (int n = 0; n < 1_000; n++) {
            peers.add(new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive("82 fe ffff M"));
        }
        assertThat(peers).allMatch(peer -> peer.held() == 0 && peer.did.isEmpty());
        for (Peer peer : peers) {
            peer.connection.tick(peer.now + 30 * Peer.SECOND - 1, 0);
            assertThat(peer.did).doesNotContain("violation message_timeout");
            peer.connection.tick(peer.now + 30 * Peer.SECOND, 0);
            assertThat(peer.ended()).endsWith(refusal(Violation.MESSAGE_TIMEOUT));
        }
    }

    @Test
    void manySocketsThatStopOneFragmentBeforeTheirLimitShareTheBudget() {
        ReassemblyBudget budget = new ReassemblyBudget(1 << 20);
        StringBuilder fragments = new StringBuilder("02 81 M 61");
        for (int n = 2; n < 1024; n++) {
            fragments.append(" / 00 81 M 61");
        }
        byte[] bytes = ClientBytes.of(fragments.toString());
        int buffer = 1030; // 256, then twice what is needed each time it is full
        int charge = 1023 * 128 + buffer;
        List<Peer> peers = new ArrayList<>();
        for (int n = 0; n < 12; n++) {
            Peer peer = new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive(bytes);
            assertThat(peer.held()).isLessThanOrEqualTo(buffer);
            peers.add(peer);
            peers.forEach(Peer::turn);
        }
        assertThat(budget.held()).isBetween((1L << 20) - charge, 1L << 20);
        assertThat(peers.stream().filter(peer -> peer.did.isEmpty()).count()).isEqualTo((1 << 20) / charge);
        assertThat(peers.get(0).did).as("the first of those that hold alike").contains("violation reassembly_budget");
        peers.get(11).receive("80 81 M 61");
        assertThat(peers.get(11).did).hasSize(1).allMatch(event -> event.startsWith("binary 6161"));
        for (Peer peer : peers.subList(0, 11)) {
            peer.connection.tick(peer.now + 30 * Peer.SECOND, 0);
            assertThat(peer.ended())
                    .containsAnyOf("violation message_timeout", "violation reassembly_budget")
                    .containsAnyOf("closed 1008", "closed 1013");
        }
        peers.get(11).ended();
        assertThat(budget.held()).isZero();
    }

    @Test
    void theLargestUnfinishedMessageMakesRoomForTheSmallOnes() {
        ReassemblyBudget budget = new ReassemblyBudget(38_200);
        Peer large = new Peer(WebSocketSettings.defaults().withReassembly(budget));
        large.receive(ClientBytes.frame(0x02, new byte[19_000]));
        Peer small = new Peer(WebSocketSettings.defaults().withReassembly(budget));

        small.receive("01 85 M 48656c6c6f / 80 81 M 21");
        assertThat(small.ended()).as("within a quarter more").containsExactly("text Hello!", "closed 1006");
        assertThat(large.turn().ended()).contains(refusal(Violation.REASSEMBLY_BUDGET));
        assertThat(budget.held()).isZero();
    }

    @Test
    void aMessageThatIsFinishedBeforeItIsShedIsTaken() {
        ReassemblyBudget budget = new ReassemblyBudget(38_200);
        Peer large = new Peer(WebSocketSettings.defaults().withReassembly(budget));
        large.receive(ClientBytes.frame(0x02, new byte[19_000]));
        Peer small = new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive("01 85 M 48656c6c6f");
        assertThat(large.askedToShed).isOne();

        large.receive("80 80 M").turn();
        assertThat(large.ended()).hasSize(2).noneMatch(event -> event.startsWith("violation"));
        small.ended();
    }

    @Test
    void aHeaderThatIsNeverFinishedIsRefusedToo() {
        assertThat(new Peer().receive("89").pass(31 * Peer.SECOND).ended()).contains("violation message_timeout");
    }

    @Test
    void theDeadlineOfAMessageStartsWithItsOwnFirstByte() {
        Peer peer = new Peer(TEN).receive("81 82 M 61").pass(20 * Peer.SECOND);
        peer.receive(ClientBytes.join(new byte[] {0x62 ^ (byte) 0xFA}, ClientBytes.of("81 82 M 61")));
        assertThat(peer.pass(20 * Peer.SECOND).did).contains("text ab").doesNotContain("violation message_timeout");
        assertThat(peer.pass(11 * Peer.SECOND).ended()).contains("violation message_timeout");
    }

    @Test
    void aPingBetweenFragmentsDoesNotMoveTheDeadline() {
        Peer peer = new Peer(TEN).receive("01 81 M 61").pass(20 * Peer.SECOND).receive("89 80 M");
        assertThat(peer.pass(11 * Peer.SECOND).ended()).contains("violation message_timeout");
    }

    @Test
    void pingsAtTheRateAreAnsweredForEver() {
        Peer peer = new Peer(TEN);
        for (int n = 0; n < 1000; n++) {
            peer.now += Peer.SECOND / 3 + 1;
            peer.receive("89 80 M");
        }
        assertThat(peer.ended()).hasSize(1001).doesNotContain("violation control_flood");
    }

    @Test
    void unsolicitedPongsAreNoFlood() {
        byte[][] pongs = new byte[10_000][];
        Arrays.fill(pongs, ClientBytes.of("8a 81 M 61"));
        Peer peer = new Peer(TEN).receive(ClientBytes.join(pongs));
        assertThat(peer.held()).isZero();
        assertThat(peer.ended()).containsExactly("closed 1006");
    }

    @Test
    void whatArrivesWholeIsNotCharged() {
        Peer peer = new Peer(WebSocketSettings.defaults().withReassembly(new ReassemblyBudget(0)));
        assertThat(peer.receive("81 85 M 48656c6c6f").ended()).contains("text Hello");
    }

    @Test
    void anUnfinishedMessageIsChargedWhatHasArrivedAndNotWhatWasAnnounced() {
        ReassemblyBudget budget = new ReassemblyBudget(1 << 20);
        Peer peer = new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive("82 fe ffff M");
        assertThat(budget.held()).isZero();
        peer.receive("00");
        assertThat(budget.held()).isEqualTo(256);
        peer.ended();
        assertThat(budget.held()).isZero();
    }

    @Test
    void eachFragmentOfAnUnfinishedMessageIsCharged() {
        ReassemblyBudget budget = new ReassemblyBudget(1 << 20);
        Peer peer =
                new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive("01 80 M / 00 80 M / 00 81 M 61");
        assertThat(budget.held()).isEqualTo(3 * 128 + 256);
        peer.receive("80 80 M");
        assertThat(budget.held()).isZero();
        assertThat(peer.ended()).contains("text a");
    }

    @Test
    void emptyFragmentsGiveBackWhatTheyWereCharged() {
        ReassemblyBudget budget = new ReassemblyBudget(1 << 20);
        Peer peer = new Peer(WebSocketSettings.defaults().withReassembly(budget)).receive("01 80 M / 00 80 M");
        assertThat(budget.held()).isEqualTo(2 * 128);
        peer.receive("80 80 M");
        assertThat(budget.held()).isZero();
        peer.ended();
    }

    @Test
    void aMessageBeyondTheBudgetOfAllIsRefusedAndGivesBackWhatItHeld() {
        ReassemblyBudget budget = new ReassemblyBudget(1024);
        Peer peer = new Peer(WebSocketSettings.defaults().withReassembly(budget));
        peer.receive(ClientBytes.frame(0x02, new byte[1000]));
        assertThat(peer.ended()).containsExactly(refusal(Violation.REASSEMBLY_BUDGET));
        assertThat(budget.held()).isZero();
    }

    @Test
    void manySmallFragmentsAreNotCopiedAgainAndAgain() {
        Peer peer = new Peer(new WebSocketLimits(1 << 20, 10_000, 30_000, 10));
        StringBuilder text = new StringBuilder();
        for (int n = 0; n < 5000; n++) {
            peer.receive(n == 0 ? "01 83 M 616263" : "00 83 M 616263");
            text.append("abc");
        }
        assertThat(peer.receive("80 80 M").ended()).containsExactly("text " + text, "closed 1006");
    }
}
