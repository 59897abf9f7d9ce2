package io.sluice.bridge.amqp;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Looks for the newest messages that match, backwards: first through the window, then through the stream before it, a stretch at a time.
 * Not thread-safe.
 */
final class LastSearch {

    /** Messages of the rule, whether they match or not. */
    static final int MOST_EXAMINED = 10_000;
    /** Most of what a stream holds may be markers and messages of other rules. */
    private static final int MOST_STRETCHES = 4;

    private final StreamLog log;
    private final Predicate<String> topics;
    private final int wanted;
    private int examined;
    private int found;
    /** Everything from here on was looked at. */
    private long at;

    LastSearch(StreamLog log, Predicate<String> topics, int wanted) {
        this.log = log;
        this.topics = topics;
        this.wanted = wanted;
    }

    /** Whether that was enough: {@link #place} is the answer then, else {@link #in} the stream goes on. */
    boolean inWindow() {
        HistoryWindow.Newest newest = log.window().newest(MOST_EXAMINED);
        List<Entry> entries = newest.entries();
        for (int i = entries.size() - 1; i >= 0 && !done(); i--) {
            examine(entries.get(i));
        }
        if (done()) {
            return true;
        }
        at = newest.from();
        return newest.whole();
    }

    /** Searches what stands before the window. */
    void in(StreamAccess access, Rule rule, Intake intake) throws IOException, InterruptedException {
        boolean whole = at == 0;
        for (int stretch = 0; !whole && !done() && stretch < MOST_STRETCHES; stretch++) {
            long asked = Math.max(0, at - MOST_EXAMINED);
            Deque<Entry> entries = new ArrayDeque<>();
            long first = read(access, rule, intake, asked, entries);
            for (Entry next = entries.pollLast(); next != null && !done(); next = entries.pollLast()) {
                examine(next);
            }
            whole = access.beginsAt(first, asked);
            at = done() ? at : first;
        }
        if (!whole) {
            // Something is left that was not looked at.
            examined = MOST_EXAMINED;
        }
    }

    /** Before the oldest that was found, or before all that was looked at. */
    Located place() {
        return new Located.At(log.before(at), found < wanted && examined >= MOST_EXAMINED);
    }

    private boolean done() {
        return found >= wanted || examined >= MOST_EXAMINED;
    }

    private void examine(Entry entry) {
        examined++;
        if (entry instanceof Delivery && topics.test(entry.topic())) {
            found++;
        }
        at = entry.offset();
    }

    /** Reads [{@code asked}, {@link #at}) and returns the first offset found. */
    private long read(StreamAccess access, Rule rule, Intake intake, long asked, Deque<Entry> entries)
            throws IOException, InterruptedException {
        long first = -1;
        long offset = -1;
        try (ContinuousReader reader = new ContinuousReader(access, asked)) {
            while (offset < at - 1) {
                StreamMessage next = reader.next(StreamAccess.SILENCE_NANOS);
                if (next == null) {
                    throw new IOException("the stream does not answer");
                }
                offset = next.offset();
                first = first < 0 ? offset : first;
                Entry entry = offset >= at
                        ? null
                        : intake.entry(rule, next, new Position(log.markers().newest(), offset));
                if (entry != null) {
                    entries.add(entry);
                }
            }
        }
        return first;
    }
}
