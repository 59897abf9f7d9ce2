package io.sluice.gateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Overflow;
import io.sluice.protocol.subprotocol.ServerMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a shard does with the history of a rule, step by step. */
final class ReplayTest {

    private static final long PLENTY = 1 << 20;

    private final FanoutFixture node = FanoutFixture.resumable(Overflow.DISCONNECT, 16);
    private final ScriptedHistory history = node.history();

    @AfterEach
    void close() {
        node.close();
    }

    @Test
    void whoStartsNewGetsWhatComesAndReadsNothing() {
        publish(3);
        SlowSocket socket = node.open(PLENTY);
        assertThat(FanoutFixture.outbox(socket).subscribe(node.rules.get(0), TopicPattern.of("#"), List.of()))
                .isEqualTo(history.place(2).position());
        publish(2);
        node.turn();

        assertThat(socket.received()).containsExactly("t=3", "t=4");
        assertThat(history.reads()).isZero();
    }

    @Test
    void whatWasUnderWayWhenASessionBeganIsNotDeliveredToIt() {
        SlowSocket before = node.subscribed(PLENTY, "#");
        publish(2);
        SlowSocket after = node.subscribed(PLENTY, "#");
        publish(1);
        node.turn();

        assertThat(before.received()).containsExactly("t=0", "t=1", "t=2");
        assertThat(after.received()).containsExactly("t=2");
    }

    @Test
    void aReplayEndsWhereTheLiveFlowBegins() {
        publish(5);
        SlowSocket socket = node.resumed(PLENTY, history.place(0), "#");
        publish(2);
        settle();
        assertThat(socket.received()).containsExactly("t=1", "t=2", "t=3", "t=4", "t=5", "t=6");

        int reads = history.reads();
        publish(2);
        settle();
        assertThat(socket.received()).containsExactly("t=7", "t=8");
        assertThat(history.reads()).as("live by now").isEqualTo(reads);
    }

    @Test
    void whoStandsAtTheEndIsLiveAtOnce() {
        publish(2);
        SlowSocket socket = node.resumed(PLENTY, history.newest(), "#");
        publish(1);
        node.turn();

        assertThat(socket.received()).containsExactly("t=2");
        assertThat(history.reads()).isZero();
    }

    @Test
    void sessionsThatMeetReadOnTogetherAndAreEncodedForOnce() {
        publish(9);
        List<SlowSocket> sockets = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sockets.add(node.resumed(PLENTY, history.place(i % 3 - 1L), i % 2 == 0 ? "#" : "t"));
        }
        settle();

        for (int i = 0; i < 100; i++) {
            List<String> received = sockets.get(i).received();
            assertThat(received).hasSize(9 - i % 3).startsWith("t=" + i % 3).endsWith("t=8");
        }
        assertThat(history.reads())
                .as("3 for the first batch, 2 for the others")
                .isEqualTo(5);
        assertThat(node.count("sluice.messages.encoded", "rule", "rule0")).isEqualTo(3 + 2 + 1 + 6);
        assertThat(node.count("sluice.messages.replayed", "rule", "rule0")).isEqualTo(100 * 8 + 1);
    }

    @Test
    void twoPatternsThatResumeTogetherGetTheOrderOfTheLogAndEachMessageOnce() {
        for (int i = 0; i < 8; i++) {
            node.publish(i % 2 == 0 ? "a" : "b", Integer.toString(i));
        }
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "a", "#");
        settle();

        assertThat(socket.received()).containsExactly("a=0", "b=1", "a=2", "b=3", "a=4", "b=5", "a=6", "b=7");
    }

    @Test
    void aReplayIsDeliveredRegardlessOfWhatAnotherPatternGot() {
        SlowSocket socket = node.subscribed(PLENTY, "#");
        publish(3);
        settle();
        assertThat(socket.received()).containsExactly("t=0", "t=1", "t=2");

        FanoutFixture.outbox(socket).subscribe(node.rules.get(0), TopicPattern.of("t"), List.of(), history.place(0));
        settle();
        assertThat(socket.received()).containsExactly("t=1", "t=2");
        publish(1);
        settle();
        assertThat(socket.received()).containsExactly("t=3");
    }

    @Test
    void aPatternThatBeginsLaterTakesNothingFromOneThatWasThere() {
        SlowSocket socket = node.subscribed(PLENTY, "t");
        publish(2);
        FanoutFixture.outbox(socket).subscribe(node.rules.get(0), TopicPattern.of("#"), List.of());
        FanoutFixture.outbox(socket).subscribe(node.rules.get(0), TopicPattern.of("*"), List.of());
        publish(1);
        settle();

        assertThat(socket.received()).containsExactly("t=0", "t=1", "t=2");
    }

    @Test
    void aSessionThatDoesNotReadIsPausedHoldsOneBatchAndIsNeverTooSlow() {
        history.batch = 10;
        for (int i = 0; i < 500; i++) {
            node.publish("t", i + "x".repeat(100));
        }
        SlowSocket slow = node.resumed(4 * FanoutFixture.HIGH_WATER, history.place(-1), "#");
        slow.stop();
        settle();
        assertThat(slow.pendingBytes()).isBetween((long) FanoutFixture.HIGH_WATER, 3L * FanoutFixture.HIGH_WATER);
        assertThat(history.unanswered()).as("who does not read does not ask").isZero();
        publish(100);
        settle();
        assertThat(slow.closedWith).isNull();

        List<String> received = new ArrayList<>(slow.received());
        slow.resume();
        settle();
        received.addAll(slow.received());
        assertThat(received).hasSize(600).doesNotHaveDuplicates();
        assertThat(received.get(0)).startsWith("t=0x");
        assertThat(received.get(499)).startsWith("t=499x");
        assertThat(slow.closedWith).isNull();
    }

    @Test
    void aBatchBeyondTheLimitOfASessionIsTakenInPieces() {
        history.batch = 100;
        for (int i = 0; i < 100; i++) {
            node.publish(i % 2 == 0 ? "a" : "b", i + "x".repeat(100));
        }
        SlowSocket small = node.resumed(2000, history.place(-1), "a", "b");
        small.stop();
        settle();
        assertThat(small.pendingBytes()).as("the limit and one message").isLessThan(2000 + 120);
        List<String> received = new ArrayList<>();
        small.resume();
        settle();
        received.addAll(small.received());

        assertThat(received).hasSize(100);
        for (int i = 0; i < 100; i++) {
            assertThat(received.get(i)).startsWith((i % 2 == 0 ? "a=" : "b=") + i + "x");
        }
    }

    @Test
    void aSlowReplayHoldsNobodyUp() {
        for (int i = 0; i < 100; i++) {
            node.publish("t", i + "x".repeat(100));
        }
        SlowSocket slow = node.resumed(PLENTY, history.place(-1), "#");
        slow.stop();
        SlowSocket brisk = node.resumed(PLENTY, history.place(-1), "#");
        settle();
        publish(1);
        settle();

        assertThat(brisk.received()).hasSize(101);
    }

    @Test
    void anInboxThatOverflowsIsNoLoss() {
        SlowSocket first = node.subscribed(PLENTY, "#");
        SlowSocket second = node.subscribed(PLENTY, "t", "t.#");
        publish(2);
        settle();
        publish(50);
        settle();
        publish(1);
        settle();

        for (SlowSocket socket : List.of(first, second)) {
            List<String> received = socket.received();
            assertThat(received).hasSize(53);
            for (int i = 0; i < 53; i++) {
                assertThat(received.get(i)).isEqualTo("t=" + i);
            }
        }
        assertThat(node.count("sluice.messages.reread", "rule", "rule0")).isEqualTo(50 - 16);
        assertThat(node.count("sluice.messages.dropped", "rule", "rule0", "reason", "backlog"))
                .isZero();
    }

    @Test
    void aMessageTooLargeIsToldOnceWhetherItIsReplayedOrLive() {
        publish(1);
        SlowSocket replaying = node.resumed(PLENTY, history.place(-1), "t");
        SlowSocket live = node.subscribed(PLENTY, "t");
        history.appendOversized("t");
        history.move();
        history.answerAll();
        history.tell(node.rules.get(0), node.hub);
        settle();
        history.appendOversized("other");
        history.tell(node.rules.get(0), node.hub);
        node.publish("t", "3");
        settle();

        assertThat(replaying.received()).containsExactly("t=0", "gap t too_large 1", "t=3");
        assertThat(live.received()).containsExactly("gap t too_large 1", "t=3");
    }

    @Test
    void whatRetentionCutAwayUnderAReplayIsToldOnceAndItGoesOnBehindIt() {
        publish(10);
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "#");
        history.answer(0);
        node.turn();
        history.trim(5);
        settle();
        publish(1);
        settle();

        assertThat(socket.received()).containsExactly("t=0", "t=1", "t=2", "gap # history -1", "t=10");
    }

    @Test
    void aStreamMadeAnewIsToldOnceToEverybodyWhereverTheyStand() {
        publish(20);
        SlowSocket live = node.subscribed(PLENTY, "#");
        SlowSocket replaying = node.resumed(PLENTY, history.place(16), "#");
        SlowSocket paused = node.resumed(PLENTY, history.place(16), "#");
        paused.stop();
        for (int i = 0; i < 30; i++) {
            FanoutFixture.outbox(paused).send(new ServerMessage.Pong("x".repeat(60)));
        }
        history.answer(0);
        node.turn();
        history.remake(node.rules.get(0), 3);
        history.move();
        SlowSocket between = node.subscribed(PLENTY, "#");
        history.tell(node.rules.get(0), node.hub);
        settle();
        node.publish("t", "after");
        settle();
        paused.resume();
        settle();

        assertThat(live.received()).containsExactly("gap # history -1", "t=after");
        assertThat(replaying.received()).containsExactly("t=17", "gap # history -1", "t=after");
        assertThat(paused.received())
                .filteredOn(message -> !message.startsWith("Pong"))
                .containsExactly("gap # history -1", "t=after");
        assertThat(between.received()).as("it began in the new log").containsExactly("t=after");
    }

    @Test
    void whoIsToldOfANewLogByItsReadIsNotToldAgainByItsMark() {
        publish(4);
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "#");
        node.turn();
        history.remake(node.rules.get(0), 0);
        settle();
        assertThat(socket.received()).containsExactly("gap # history -1");
        history.tell(node.rules.get(0), node.hub);
        node.publish("t", "after");
        settle();

        assertThat(socket.received()).containsExactly("t=after");
    }

    @Test
    void aReadThatTheBrokerDoesNotAnswerIsTriedAgain() {
        publish(4);
        history.available = false;
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "#");
        settle();
        node.advance(Duration.ofSeconds(2));
        settle();
        assertThat(socket.received()).isEmpty();

        history.available = true;
        node.advance(Duration.ofSeconds(1));
        settle();
        assertThat(socket.received()).containsExactly("t=0", "t=1", "t=2", "t=3");
    }

    @Test
    void whoLeavesDuringAReplayGetsNothingMoreAndGivesUpItsRead() {
        publish(9);
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "#");
        history.answer(0);
        node.turn();
        assertThat(socket.received()).containsExactly("t=0", "t=1", "t=2");
        assertThat(history.unanswered()).isEqualTo(1);
        node.unsubscribe(socket, "#");
        assertThat(history.unanswered()).isZero();

        SlowSocket closing = node.resumed(PLENTY, history.place(-1), "#");
        FanoutFixture.outbox(closing).close();
        assertThat(history.unanswered()).isZero();
        settle();
        assertThat(socket.received()).isEmpty();
        assertThat(closing.received()).isEmpty();
        assertThat(node.shard.subscribed(0)).isFalse();
    }

    @Test
    void anAnswerThatComesForNobodyIsDropped() {
        publish(9);
        SlowSocket socket = node.resumed(PLENTY, history.place(-1), "#");
        history.answer(0);
        FanoutFixture.outbox(socket).close();
        settle();

        assertThat(socket.received()).isEmpty();
    }

    @Test
    void aQuietSubscriptionIsToldWhereItStandsAndOnlyWhenThatIsNews() {
        SlowSocket quiet = node.subscribed(PLENTY, "quiet");
        SlowSocket busy = node.subscribed(PLENTY, "t");
        publish(3);
        settle();
        tellPositions(quiet, busy);
        String position = history.place(2).position().text();
        assertThat(quiet.received()).containsExactly("Position[topic=quiet, position=" + position + "]");
        assertThat(busy.received()).containsExactly("t=0", "t=1", "t=2");

        tellPositions(quiet, busy);
        assertThat(quiet.received()).isEmpty();
        publish(1);
        tellPositions(quiet);
        assertThat(quiet.received())
                .as("what waits for the shard has not been passed")
                .isEmpty();
        settle();
        tellPositions(quiet);
        assertThat(quiet.received()).hasSize(1);
    }

    @Test
    void whoWasToldOfAHoleIsToldAPositionBehindIt() {
        SlowSocket socket = node.subscribed(PLENTY, "quiet");
        publish(3);
        history.remake(node.rules.get(0), 0);
        history.tell(node.rules.get(0), node.hub);
        settle();
        tellPositions(socket);

        assertThat(socket.received())
                .containsExactly(
                        "gap quiet history -1",
                        "Position[topic=quiet, position="
                                + history.place(-1).position().text() + "]");
    }

    @Test
    void nobodyIsToldAPositionBeforeTheMessagesThatLeadThere() {
        publish(6);
        SlowSocket replaying = node.resumed(PLENTY, history.place(-1), "t");
        SlowSocket stopped = node.subscribed(PLENTY, "t");
        stopped.stop();
        for (int i = 0; i < 20; i++) {
            node.publish("t", "x".repeat(100));
            node.turn();
        }
        node.publish("other", "x");
        node.turn();
        tellPositions(replaying, stopped);
        assertThat(replaying.received()).isEmpty();
        stopped.resume();
        assertThat(stopped.received()).hasSize(20).allMatch(message -> message.startsWith("t="));
    }

    private void publish(int messages) {
        for (int i = 0; i < messages; i++) {
            node.publish("t", Long.toString(history.end()));
        }
    }

    /** Until nothing moves. */
    private void settle() {
        do {
            node.turn();
            history.answerAll();
            node.turn();
        } while (history.unanswered() > 0);
    }

    private void tellPositions(SlowSocket... sockets) {
        for (SlowSocket socket : sockets) {
            FanoutFixture.outbox(socket).tellPositions();
        }
        node.turn();
    }
}
