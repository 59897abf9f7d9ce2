package io.sluice.protocol.websocket;

import static io.sluice.protocol.websocket.FrameCases.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ping, pong, close, pause, deadlines, and calls back into the connection from everything it does. */
final class WebSocketConnectionTest {

    @Test
    void aPingIsSentAtItsTimeAndThenEveryInterval() {
        Peer peer = new Peer();
        for (int interval = 0; interval < 3; interval++) {
            peer.pass(25 * Peer.SECOND - Peer.SECOND / 4);
            assertThat(peer.did).hasSize(interval);
            peer.pass(Peer.SECOND / 4);
            assertThat(peer.did).hasSize(interval + 1).endsWith("send 8900");
            peer.receive("8a 80 M");
        }
    }

    @Test
    void aPeerThatDoesNotAnswerAPingIsDroppedAfterThePongTimeout() {
        Peer peer = new Peer().pass(25 * Peer.SECOND).pass(10 * Peer.SECOND - Peer.SECOND / 4);
        assertThat(peer.did).containsExactly("send 8900");
        assertThat(peer.pass(Peer.SECOND / 4).ended()).containsExactly("send 8900", "abort", "closed 1006");
    }

    @Test
    void whateverIsReceivedIsAnAnswerToAPing() {
        Peer peer = new Peer()
                .pass(25 * Peer.SECOND)
                .pass(9 * Peer.SECOND)
                .receive("81")
                .pass(15 * Peer.SECOND);
        assertThat(peer.did).doesNotContain("abort");
    }

    @Test
    void aPeerThatStillTakesWhatWasSentIsNotDroppedForAPingBehindIt() {
        Peer peer = new Peer();
        peer.pendingBytes = 1 << 20;
        for (int second = 0; second < 120; second++) {
            peer.pendingBytes -= 1024;
            peer.pass(Peer.SECOND);
        }
        assertThat(peer.did).doesNotContain("abort");
        assertThat(peer.pass(11 * Peer.SECOND).did).contains("abort");
    }

    @Test
    void aPeerWhoseHostAcknowledgesWhatTheKernelHoldsIsNotDroppedUntilItHasHadThePing() {
        Peer peer = new Peer();
        peer.acknowledged = true;
        assertThat(peer.pass(300 * Peer.SECOND).did).doesNotContain("abort");
        peer.acknowledged = false;
        assertThat(peer.pass(Peer.SECOND).did).contains("abort");
    }

    @Test
    void aProcessThatStoodStillBlamesNobodyForIt() {
        Peer peer = new Peer().pass(25 * Peer.SECOND).receive("81 85 M 61").pass(25 * Peer.SECOND);
        peer.now += 60 * Peer.SECOND;
        peer.connection.tick(peer.now, 60 * Peer.SECOND);
        assertThat(peer.ended()).doesNotContain("abort", "violation message_timeout");
    }

    @Test
    void onlyTheNewestPingIsAnsweredOnceThePeerReadsAgain() {
        Peer peer = new Peer();
        peer.writable = false;
        peer.receive("89 81 M 01 / 89 81 M 02 / 89 81 M 03");
        assertThat(peer.did).isEmpty();
        peer.writable = true;
        peer.connection.onWritable();
        peer.connection.onWritable();
        assertThat(peer.ended()).containsExactly("send 8a0103", "closed 1006");
    }

    @Test
    void aPongThatStillWaitsIsGivenUpWithTheConnection() {
        Peer peer = new Peer();
        peer.writable = false;
        assertThat(peer.receive("89 81 M 01").ended()).containsExactly("closed 1006");
    }

    @Test
    void aPongThatStillWaitsIsNotSentBehindAClose() {
        Peer peer = new Peer();
        peer.writable = false;
        peer.receive("89 81 M 01");
        peer.connection.close(1001, "", peer.now);
        peer.writable = true;
        peer.connection.onWritable();
        assertThat(peer.ended()).containsExactly("send 880203e9", "closed 1001");
    }

    @Test
    void whatTheServerSaysOfItselfLeavesAtOnce() {
        Peer pinged = new Peer().pass(25 * Peer.SECOND);
        assertThat(pinged.flushes).isEqualTo(1);
        Peer closed = new Peer();
        closed.connection.close(1001, "", closed.now);
        assertThat(closed.flushes).isEqualTo(1);
        Peer unblocked = new Peer();
        unblocked.writable = false;
        unblocked.receive("89 80 M");
        unblocked.connection.onWritable();
        assertThat(unblocked.flushes).isEqualTo(1);
    }

    @Test
    void aCloseIsSentAndTheConnectionEndsWithTheAnswer() {
        Peer peer = new Peer();
        peer.connection.close(4401, "bye", peer.now);
        assertThat(peer.connection.isOpen()).isFalse();
        peer.receive("88 82 M 1131");
        assertThat(peer.ended()).containsExactly("send 88051131627965", "end", "closed 4401");
    }

    @Test
    void whatComesBeforeTheAnswerToACloseIsReadOver() {
        Peer peer = new Peer().receive("01 81 M 61");
        peer.connection.close(1001, "", peer.now);
        peer.receive("80 81 M 62 / 89 80 M / 82 fe ffff M " + "00".repeat(65535) + " / 81 81 M ff / 88 80 M");
        assertThat(peer.ended()).containsExactly("send 880203e9", "end", "closed 1001");
    }

    @Test
    void aSecondCloseHasNoEffect() {
        Peer peer = new Peer();
        peer.connection.close(1001, "", peer.now);
        peer.connection.close(1000, "", peer.now);
        assertThat(peer.ended()).containsExactly("send 880203e9", "closed 1001");
    }

    @Test
    void aCloseAfterThePeersCloseHasNoEffect() {
        Peer peer = new Peer().receive("88 80 M");
        peer.connection.close(1001, "", peer.now);
        assertThat(peer.ended()).containsExactly("send 880203e8", "end", "closed 1005");
    }

    @Test
    void aViolationBehindACloseSendsNoSecondCloseFrame() {
        Peer peer = new Peer();
        peer.connection.close(1001, "", peer.now);
        peer.receive("81 01 61");
        assertThat(peer.ended()).containsExactly("send 880203e9", "violation unmasked_frame", "fail", "closed 1001");
    }

    @Test
    void aPeerThatDoesNotAnswerACloseIsDroppedAfterTheCloseTimeout() {
        Peer peer = new Peer();
        peer.connection.close(1001, "", peer.now);
        peer.pass(5 * Peer.SECOND - Peer.SECOND / 4);
        assertThat(peer.did).doesNotContain("abort");
        assertThat(peer.pass(Peer.SECOND / 4).did).contains("abort");
    }

    @Test
    void aPeerThatDoesNotEndAFailedConnectionIsDroppedAfterTheCloseTimeout() {
        Peer peer = new Peer().receive("ff").receive(new byte[1000]).pass(5 * Peer.SECOND);
        assertThat(peer.ended())
                .startsWith(refusal(Violation.RESERVED_OPCODE)[0], refusal(Violation.RESERVED_OPCODE)[1], "fail")
                .contains("abort");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 999, 1004, 1005, 1006, 1015, 2999, 5000})
    void aCodeThatMayNotBeSentIsABugOfTheCaller(int code) {
        Peer peer = new Peer();
        assertThatThrownBy(() -> peer.connection.close(code, "", peer.now)).hasMessageContaining("code: " + code);
        assertThat(peer.connection.isOpen()).isTrue();
    }

    @Test
    void aReasonOf123BytesIsSentAndALongerOneIsABugOfTheCaller() {
        Peer peer = new Peer();
        assertThatThrownBy(() -> peer.connection.close(1000, "\u20ac".repeat(41) + "x", peer.now))
                .hasMessageContaining("reason: 124 bytes");
        peer.connection.close(1000, "\u20ac".repeat(41), peer.now);
        assertThat(peer.did.get(0)).startsWith("send 887d03e8");
    }

    @Test
    void nothingIsReadBehindTheFrameInWhichTheConnectionWasPaused() {
        Peer peer = new Peer();
        peer.also = event -> peer.connection.pause(peer.now);
        ByteBuf in = Unpooled.copiedBuffer(ClientBytes.of("81 81 M 61 / 81 81 M 62"));
        peer.connection.receive(in, peer.now, Integer.MAX_VALUE);
        assertThat(peer.did).containsExactly("text a");
        peer.connection.receive(in, peer.now, Integer.MAX_VALUE);
        assertThat(peer.did).containsExactly("text a");
        peer.connection.resume(peer.now);
        peer.connection.receive(in, peer.now, Integer.MAX_VALUE);
        assertThat(peer.did).containsExactly("text a", "text b");
        assertThat(in.isReadable()).isFalse();
        in.release();
    }

    @Test
    void noMoreFramesAreReadThanAskedFor() {
        Peer peer = new Peer();
        ByteBuf in = Unpooled.copiedBuffer(ClientBytes.of("81 81 M 61 / 81 81 M 62 / 8a 80 M / 81 81 M 63"));
        peer.connection.receive(in, peer.now, 2);
        assertThat(peer.did).containsExactly("text a", "text b");
        peer.connection.receive(in, peer.now, 2);
        assertThat(peer.did).containsExactly("text a", "text b", "text c");
        in.release();
    }

    @Test
    void theTimeOfAPauseIsNobodysFault() {
        Peer peer = new Peer().receive("81 85 M 61").pass(24 * Peer.SECOND);
        peer.connection.pause(peer.now);
        peer.pass(60 * Peer.SECOND);
        peer.connection.resume(peer.now);
        assertThat(peer.pass(5 * Peer.SECOND).did).containsOnly("send 8900");
        assertThat(peer.pass(Peer.SECOND).did).contains("violation message_timeout");
    }

    @Test
    void aProcessThatStoodStillDuringAPauseIsExcusedForItOnce() {
        Peer peer = new Peer().receive("81 85 M 61");
        peer.connection.pause(peer.now);
        peer.now += 60 * Peer.SECOND;
        peer.connection.tick(peer.now, 60 * Peer.SECOND);
        peer.connection.resume(peer.now);
        assertThat(peer.pass(29 * Peer.SECOND).did).doesNotContain("violation message_timeout");
        assertThat(peer.pass(Peer.SECOND).did).contains("violation message_timeout");
    }

    @Test
    void aViolationIsCountedBeforeThePeerIsTold() {
        Peer peer = new Peer();
        peer.also = event -> {
            if (event.startsWith("send")) {
                assertThat(peer.did).startsWith("violation unmasked_frame");
            }
        };
        assertThat(peer.receive("81 00").ended()).hasSize(4);
    }

    @Test
    void aConnectionThatIsClosingCanNotBePaused() {
        Peer peer = new Peer();
        peer.connection.pause(peer.now);
        peer.connection.close(1001, "", peer.now);
        peer.connection.pause(peer.now);
        assertThat(peer.receive("88 80 M").ended()).contains("end");
    }

    @Test
    void aCloseFromAnyCallIsTheOnlyOne() {
        for (String bytes : new String[] {
            "81 81 M 61 / 81 81 M 62 / 88 80 M",
            "01 81 M 61 / 80 81 M 61 / 81 81 M 62 / 88 80 M",
            "89 80 M / 81 81 M 62 / 88 80 M",
        }) {
            Peer peer = new Peer();
            peer.also = event -> peer.connection.close(1001, "", peer.now);
            assertThat(peer.receive(bytes).ended())
                    .hasSize(4)
                    .contains("send 880203e9")
                    .endsWith("end", "closed 1001");
        }
    }

    @Test
    void aCloseFromWithinAViolationOrACloseHasNoEffect() {
        Peer failed = new Peer();
        failed.also = event -> failed.connection.close(1001, "", failed.now);
        assertThat(failed.receive("81 00").ended()).containsExactly(refusal(Violation.UNMASKED_FRAME));
        Peer closed = new Peer();
        closed.also = event -> closed.connection.close(1001, "", closed.now);
        assertThat(closed.receive("88 80 M").ended()).containsExactly("send 880203e8", "end", "closed 1005");
    }

    @Test
    void aConnectionThatEndsAmidAMessageHoldsNothing() {
        assertThat(new Peer().receive("01 81 M 61 / 80 85 M 62").ended()).containsExactly("closed 1006");
        assertThat(new Peer().receive("89 85 M 62").ended()).containsExactly("closed 1006");
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new WebSocketSettings(
                        WebSocketLimits.DEFAULT,
                        Duration.ZERO,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        new ReassemblyBudget(1),
                        violation -> {}))
                .hasMessageContaining("pingInterval");
        assertThatThrownBy(() -> new WebSocketLimits(-1, 1, 1, 1)).hasMessageContaining("messageBytes");
        assertThatThrownBy(() -> new WebSocketLimits(1, 0, 1, 1)).hasMessageContaining("fragments");
    }
}
