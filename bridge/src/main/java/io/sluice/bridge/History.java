package io.sluice.bridge;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What a resumable rule remembers: the newest of it in memory, all of it in its stream. Any thread; never blocks. What is asked is
 * answered exactly once, on a thread of the bridge or, where the answer is in memory, on the caller's before the method returns.
 *
 * <p>A log is one life of the stream. When the stream is deleted and made anew, or has been trimmed under the node, a new log begins: the
 * sink is told {@code gap} with {@link DeliverySink.Hole#HISTORY}, and whoever reads on in the log before is told {@link Read.Lost}.
 */
public interface History {

    /**
     * The last place that was given to the sink: every message behind it is still to be delivered. A message is in reach of {@link #read}
     * before this says so, and this says so before the sink is called.
     */
    Place newest();

    /** Finds where {@code start} stands. {@code topics} are those the subscription receives, and {@link Last} counts; asked on any thread. */
    void locate(Start start, Predicate<String> topics, Consumer<Located> answer);

    /**
     * Reads what stands at {@code from} or behind it: from memory, or from a scan of the stream that is shared with all who read
     * nearby. A scan is paced by those who read: it goes on when they ask for more, and is given up when nobody does for a second.
     *
     * @return gives up the wish; without effect once it is answered
     */
    Wish read(int log, long from, Consumer<Read> answer);

    /** A reader that has come to {@code next} does not read on from there: it need not be waited for. */
    void leave(int log, long next);

    /**
     * @param log which life of the stream; each is larger than the one before
     * @param position says that everything up to its offset was seen
     */
    record Place(int log, Position position) {
        /** The offset of the first message behind it, if there is one. */
        public long next() {
            return position.offset() + 1;
        }
    }

    /** Where a subscription wants to start. */
    sealed interface Start {}

    /** The oldest that the stream holds. */
    record First() implements Start {}

    /** The newest {@code count} that match, 1 to 1,000, looked for in the newest 10,000 of the rule. */
    record Last(int count) implements Start {}

    /** The broker's chunk that holds {@code time}. */
    record Time(Instant time) implements Start {}

    /** Behind a position that was told before, by any node. */
    record After(Position position) implements Start {}

    /** Where a start stands. */
    sealed interface Located {

        /**
         * From {@code place} on nothing is missing.
         *
         * @param truncated fewer than wanted were found within the bound of the search
         */
        record At(Place place, boolean truncated) implements Located {}

        /** It cannot be proven that nothing is missing behind that position: trimmed, another log, or never told by anybody. */
        record Unproven() implements Located {}

        /** The broker does not answer; to be asked again later. */
        record Unavailable() implements Located {}
    }

    /** What stands at an offset. */
    sealed interface Read {

        /**
         * Consecutive messages of the rule in order: shared by all who read there, so it may begin before what was asked for.
         *
         * @param end everything in [asked, end) is among {@code entries}; empty with {@code end} as asked: nothing newer than
         *     {@link History#newest} is there
         */
        record Batch(List<Entry> entries, long end) implements Read {}

        /** What was asked for is there no more: a hole. What stands from {@code place} on is complete again. */
        record Lost(Place place) implements Read {}

        /** The broker does not answer; to be asked again when the rule is available. */
        record Unavailable() implements Read {}
    }

    /** One message of a batch. */
    sealed interface Entry permits Delivery, Oversized {
        String topic();

        long offset();
    }

    /** A message that is not delivered since its body is larger than may be. */
    record Oversized(String topic, long offset) implements Entry {}

    /** Something asked for and not answered yet. */
    interface Wish {
        void cancel();
    }
}
