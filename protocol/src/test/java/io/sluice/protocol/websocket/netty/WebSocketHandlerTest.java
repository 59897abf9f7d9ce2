package io.sluice.protocol.websocket.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.sluice.protocol.websocket.ClientBytes;
import io.sluice.protocol.websocket.FrameEncoder;
import io.sluice.protocol.websocket.Opcode;
import io.sluice.protocol.websocket.ReassemblyBudget;
import io.sluice.protocol.websocket.Violation;
import io.sluice.protocol.websocket.WebSocketLimits;
import io.sluice.protocol.websocket.WebSocketSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class WebSocketHandlerTest {

    private final List<Violation> violations = new ArrayList<>();
    private final Recorder recorder = new Recorder();
    private final Embedded embedded =
            Embedded.open(WebSocketSettings.defaults().withOnViolation(violations::add), recorder);

    WebSocketHandlerTest() {
        recorder.told.clear();
        recorder.reads = 0;
    }

    @AfterEach
    void end() {
        embedded.close();
        assertThat(recorder.told.stream().filter(event -> event.startsWith("closed")))
                .hasSize(1);
        assertThat(recorder.told.get(recorder.told.size() - 1)).startsWith("closed");
    }

    @Test
    void messagesAreHandedOverAndThenTheEndOfTheRead() {
        embedded.receiveFrames("81 82 M 6869 / 82 81 M 07");
        assertThat(recorder.told).containsExactly("text hi", "binary 07");
        assertThat(recorder.reads).isEqualTo(1);
    }

    @Test
    void aPongIsFlushedWithTheEndOfTheRead() {
        embedded.receiveFrames("89 82 M 6869");
        assertThat(embedded.sentHex()).isEqualTo("8a026869");
    }

    @Test
    void messagesAreFramedAndLeaveWithTheFlush() {
        recorder.socket().sendText(Unpooled.copiedBuffer(new byte[] {'h', 'i'}));
        recorder.socket().sendBinary(embedded.channel.alloc().buffer().writeZero(2000));
        assertThat(embedded.sentHex()).isEmpty();
        assertThat(recorder.socket().pendingBytes()).isGreaterThanOrEqualTo(2008);
        recorder.socket().flush();
        assertThat(embedded.sentHex()).isEqualTo("81026869" + "827e07d0" + "00".repeat(2000));
        assertThat(recorder.socket().pendingBytes()).isZero();
    }

    @Test
    void wholeFramesAreWrittenAsTheyAre() {
        ByteBuf message = FrameEncoder.buffer(embedded.channel.alloc(), 1).writeByte('x');
        recorder.socket().write(FrameEncoder.frame(Opcode.TEXT, message));
        recorder.socket().flush();
        assertThat(embedded.sentHex()).isEqualTo("810178");
    }

    @Test
    void whatIsWrittenAfterTheCloseIsReleasedUnsent() {
        recorder.socket().close(1001, "bye");
        assertThat(recorder.socket().isOpen()).isFalse();
        ByteBuf late = embedded.channel.alloc().buffer().writeByte(1);
        recorder.socket().sendText(late);
        recorder.socket().flush();
        assertThat(late.refCnt()).isZero();
        assertThat(embedded.sentHex()).isEqualTo("880503e9627965");
    }

    @Test
    void theAnswerToACloseEndsTheConnection() {
        recorder.socket().close(1001, "");
        embedded.receiveFrames("88 82 M 03e9");
        assertThat(embedded.channel.isOpen()).isFalse();
        assertThat(recorder.told).containsExactly("closed 1001");
    }

    @Test
    void aCloseThatIsNotAnsweredEndsTheConnectionAfterItsTimeout() {
        recorder.socket().close(1001, "");
        assertThat(embedded.pass(4900).channel.isOpen()).isTrue();
        assertThat(embedded.pass(400).channel.isOpen()).isFalse();
        assertThat(recorder.told).containsExactly("closed 1001");
    }

    @Test
    void aPeerThatClosesIsAnsweredAndTheConnectionEnds() {
        embedded.receiveFrames("88 82 M 0fa0");
        assertThat(embedded.sentHex()).isEqualTo("88020fa0");
        assertThat(embedded.channel.isOpen()).isFalse();
        assertThat(recorder.told).containsExactly("closed 4000");
    }

    @Test
    void aViolationIsCountedOnceAndAnsweredWithItsCode() {
        embedded.receiveFrames("81 02 6869 / ff ff");
        assertThat(violations).containsExactly(Violation.UNMASKED_FRAME);
        assertThat(embedded.sentHex()).startsWith("8820" + "03ea");
        assertThat(recorder.told).containsExactly("closed 1002");
    }

    @Test
    void aConnectionThatIsLostIsClosedWith1006() {
        embedded.receiveFrames("01 82 M 6869");
        embedded.channel.close().syncUninterruptibly();
        assertThat(recorder.told).containsExactly("closed 1006");
    }

    @Test
    void aConnectionThatIsResetIsNoBug() {
        embedded.channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
        embedded.channel.checkException();
        assertThat(recorder.told).containsExactly("closed 1006");
    }

    @Test
    void aBugOfTheApplicationClosesWith1011AndIsNotHidden() {
        recorder.also = event -> {
            throw new IllegalStateException("bug in " + event);
        };
        assertThatThrownBy(() -> embedded.receiveFrames("81 81 M 61 / 81 81 M 62"))
                .hasMessage("bug in text a");
        recorder.also = event -> {};
        embedded.pass(50);
        assertThat(embedded.sentHex()).startsWith("8810" + "03f3");
        assertThat(recorder.told).containsExactly("text a");
    }

    @Test
    void aPausedSocketHandsOverNothingEvenOfWhatWasRead() {
        recorder.also = event -> recorder.socket().reading(false);
        embedded.receiveFrames("81 81 M 61 / 81 81 M 62 / 81 81 M 63");
        assertThat(recorder.told).containsExactly("text a");
        assertThat(embedded.channel.config().isAutoRead()).isFalse();
        embedded.receiveFrames("81 81 M 64");
        assertThat(recorder.told).containsExactly("text a");
        recorder.also = event -> {};
        recorder.socket().reading(true);
        assertThat(recorder.told).as("not from within the call").containsExactly("text a");
        embedded.pass(50);
        assertThat(recorder.told).containsExactly("text a", "text b", "text c", "text d");
        assertThat(embedded.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aPauseBetweenTwoReadsStopsTheNextOne() {
        recorder.socket().reading(false);
        assertThat(embedded.channel.config().isAutoRead()).isFalse();
        recorder.socket().reading(true);
        embedded.pass(50);
        assertThat(embedded.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aSocketThatIsClosingCanNotBePaused() {
        recorder.socket().close(1001, "");
        recorder.socket().reading(false);
        assertThat(embedded.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void aBugInAPausedSocketReadsOnForTheAnswerToItsClose() {
        recorder.socket().reading(false);
        embedded.receiveFrames("88 80 M");
        embedded.channel.pipeline().fireExceptionCaught(new IllegalStateException("bug"));
        assertThatThrownBy(embedded.channel::checkException).hasMessage("bug");
        embedded.pass(50);
        assertThat(recorder.told).containsExactly("closed 1011");
    }

    @Test
    void thePeersEndOfTlsIsTheEnd() {
        embedded.channel.pipeline().fireUserEventTriggered("something else");
        assertThat(embedded.channel.isOpen()).isTrue();
        embedded.channel.pipeline().fireUserEventTriggered(SslCloseCompletionEvent.SUCCESS);
        assertThat(recorder.told).containsExactly("closed 1006");
    }

    @Test
    void theSocketKnowsItsChannel() {
        assertThat(recorder.socket().channel()).isSameAs(embedded.channel);
    }

    @Test
    void nothingVisitsASocketThatHasEnded() {
        embedded.channel.close().syncUninterruptibly();
        embedded.pass(300);
        assertThat(embedded.channel.runScheduledPendingTasks()).isEqualTo(-1);
    }

    @Test
    void aPausedSocketThatIsClosedReadsOnForTheAnswer() {
        recorder.also = event -> recorder.socket().reading(false);
        embedded.receiveFrames("81 81 M 61 / 81 81 M 62 / 88 80 M");
        recorder.also = event -> {};
        recorder.socket().close(1001, "");
        embedded.pass(50);
        assertThat(recorder.told).containsExactly("text a", "closed 1001");
    }

    @Test
    void aPausedSocketWhoseConnectionIsLostGivesUpWhatWasNotHandedOver() {
        recorder.also = event -> recorder.socket().reading(false);
        embedded.receiveFrames("81 81 M 61 / 81 81 M 62");
        embedded.channel.close().syncUninterruptibly();
        assertThat(recorder.told).containsExactly("text a", "closed 1006");
    }

    @Test
    void manyMessagesInOneReadLeaveOthersTheirTurn() {
        List<Integer> seenByOthers = new ArrayList<>();
        byte[][] messages = new byte[10_000][];
        Arrays.fill(messages, ClientBytes.of("81 81 M 61"));
        recorder.also = event -> {
            if (recorder.told.size() == 1) {
                embedded.channel.eventLoop().execute(() -> seenByOthers.add(recorder.told.size()));
            }
        };
        embedded.receive(ClientBytes.join(messages));
        embedded.pass(50);
        assertThat(recorder.told).hasSize(10_000);
        assertThat(seenByOthers).containsExactly(WebSocketHandler.FRAMES_PER_TURN);
        assertThat(recorder.reads).isGreaterThanOrEqualTo(10_000 / WebSocketHandler.FRAMES_PER_TURN);
        assertThat(embedded.channel.config().isAutoRead()).isTrue();
    }

    @Test
    void whatWaitsForItsTurnIsHandedOverBeforeTheEnd() {
        byte[][] messages = new byte[400][];
        Arrays.fill(messages, ClientBytes.of("81 81 M 61"));
        recorder.also = event -> {
            if (recorder.told.size() == 100) {
                embedded.channel.close().syncUninterruptibly();
            }
        };
        embedded.receive(ClientBytes.join(messages));
        assertThat(recorder.told).hasSize(401).endsWith("closed 1006");
    }

    @Test
    void aFullChannelIsToldAndOnlyTheNewestPingIsAnsweredAfterwards() {
        embedded.channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(100, 1000));
        recorder.socket().sendBinary(embedded.channel.alloc().buffer().writeZero(2000));
        assertThat(recorder.told).containsExactly("writable false");
        embedded.receiveFrames("89 81 M 01 / 89 81 M 02");
        recorder.socket().flush();
        assertThat(recorder.told).containsExactly("writable false", "writable true");
        assertThat(embedded.sentHex()).endsWith("8a0102").doesNotContain("8a0101");
    }

    @Test
    void aPingComesWithinItsIntervalAndItsAbsenceOfAnswerEndsTheConnection() {
        int millis = 0;
        String first = "";
        while (first.isEmpty() && millis < 60_000) {
            embedded.pass(50);
            millis += 50;
            first = embedded.sentHex();
        }
        assertThat(first).isEqualTo("8900");
        assertThat(millis).as("after half the interval to all of it").isBetween(12_500, 25_250);
        embedded.receiveFrames("8a 80 M").pass(24_900);
        assertThat(embedded.sentHex()).isEmpty();
        embedded.pass(350);
        assertThat(embedded.sentHex()).isEqualTo("8900");
        embedded.pass(9_600);
        assertThat(recorder.told).isEmpty();
        embedded.pass(650);
        assertThat(recorder.told).containsExactly("closed 1006");
    }

    @Test
    void anApplicationWithoutDeadlinesIsTickedOnlyWithThePingsAndWhenTheirAnswersAreDue() {
        for (int second = 0; second < 120; second++) {
            embedded.receiveFrames("8a 80 M").pass(1000);
        }
        assertThat(recorder.ticks).isBetween(8, 10);
    }

    @Test
    void theApplicationIsTickedWhenItWantedToBe() {
        recorder.nextTickNanos = TimeUnit.SECONDS.toNanos(1);
        recorder.socket().tickWithin(TimeUnit.SECONDS.toNanos(3));
        embedded.pass(2950);
        assertThat(recorder.ticks).isZero();
        embedded.pass(350);
        assertThat(recorder.ticks).isEqualTo(1);
        embedded.pass(6000);
        assertThat(recorder.ticks).isBetween(6, 7);
        embedded.channel.close().syncUninterruptibly();
        int ticks = recorder.ticks;
        embedded.pass(10_000);
        assertThat(recorder.ticks).isEqualTo(ticks);
    }

    @Test
    void aMessageThatIsNotFinishedEndsInItsTimeThoughNoPingComesBeforeIt() {
        WebSocketSettings seldom = new WebSocketSettings(
                WebSocketLimits.DEFAULT,
                Duration.ofHours(1),
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                new ReassemblyBudget(1 << 20),
                violation -> {});
        Recorder other = new Recorder();
        try (Embedded slow = Embedded.open(seldom, other)) {
            slow.pass(40_000).receiveFrames("81 85 M 61").pass(29_950);
            assertThat(slow.sentHex()).isEmpty();
            slow.pass(350);
            assertThat(slow.sentHex()).startsWith("88");
        }
    }

    @Test
    void everyCallbackMaySendAndClose() {
        recorder.also = event -> {
            recorder.socket().sendText(Unpooled.copiedBuffer(new byte[] {'!'}));
            recorder.socket().close(1000, "");
            recorder.socket().flush();
            recorder.socket().reading(false);
            recorder.socket().reading(true);
        };
        embedded.receiveFrames("81 81 M 61 / 89 80 M / 81 81 M 62 / 88 80 M");
        embedded.pass(50);
        assertThat(embedded.sentHex()).isEqualTo("810121" + "880203e8");
        assertThat(recorder.told).containsExactly("text a", "closed 1000");
    }

    @Test
    void aSocketMayBeClosedAsItOpens() {
        Recorder closing = new Recorder();
        closing.also = event -> {
            if (event.startsWith("open")) {
                closing.socket().close(4401, "expired");
            }
        };
        try (Embedded other = Embedded.open(WebSocketSettings.defaults(), closing)) {
            other.receiveFrames("81 81 M 61 / 88 82 M 1131");
            assertThat(closing.told).containsExactly("open sluice.v1.json", "closed 4401");
        }
    }
}
