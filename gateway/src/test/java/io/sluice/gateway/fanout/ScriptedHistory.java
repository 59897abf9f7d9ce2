package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.DeliverySink;
import io.sluice.bridge.DeliverySink.Hole;
import io.sluice.bridge.History;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A history in memory that a test writes step by step: what was appended to the stream is newest when the test says so, told to the sink
 * when it says so, and a read is answered when it says so.
 */
final class ScriptedHistory implements History {

    static final Rule.Source SOURCE =
            new Rule.Resumable("amq.topic", "scripted", Duration.ofHours(1), 1 << 20, 1 << 16, 1 << 20, 100, 4);

    private interface Telling {
        void tell(Rule rule, DeliverySink sink);
    }

    private record Untold(long offset, Telling telling) {}

    /** How many offsets one batch covers. */
    int batch = 3;

    boolean available = true;

    /** Whether a read says what stood there when it was asked, not when it is answered. */
    boolean early;

    private final Queue<Untold> untold = new ArrayDeque<>();
    private final List<Long> left = new ArrayList<>();
    private final List<Runnable> unanswered = new ArrayList<>();
    private List<@Nullable Entry> entries = new ArrayList<>();
    private int log = 1;
    private int trimmed;
    private long newest = -1;
    private int reads;

    int log() {
        return log;
    }

    /** Reads that were asked for. */
    int reads() {
        return reads;
    }

    /** Where readers said that they do not read on. */
    List<Long> left() {
        return left;
    }

    int unanswered() {
        return unanswered.size();
    }

    long end() {
        return entries.size();
    }

    void append(Delivery delivery) {
        Delivery placed = new Delivery(
                delivery.rule(),
                delivery.topic(),
                delivery.body(),
                delivery.contentType(),
                delivery.contentEncoding(),
                delivery.headers(),
                position(entries.size()),
                delivery.receivedNanos(),
                delivery.publishedMillis(),
                delivery.traceparent());
        entries.add(placed);
        untold.add(new Untold(placed.offset(), (rule, sink) -> sink.deliver(placed)));
    }

    void appendOversized(String topic) {
        Position position = position(entries.size());
        entries.add(new Oversized(topic, position.offset()));
        untold.add(new Untold(position.offset(), (rule, sink) -> sink.tooLarge(rule, topic, position)));
    }

    /** A marker, or what belongs to another rule. */
    void appendOther() {
        untold.add(new Untold(entries.size(), (rule, sink) -> {}));
        entries.add(null);
    }

    /** The stream is gone; the new one holds {@code earlier} messages already when the node comes to it. */
    void remake(Rule rule, int earlier) {
        if (!untold.isEmpty()) {
            throw new IllegalStateException("the thread that tells is the one that finds the stream gone");
        }
        log++;
        trimmed = 0;
        entries = new ArrayList<>();
        for (int i = 0; i < earlier; i++) {
            append(FanoutFixture.delivery(rule, "t.earlier", log + ":" + i));
        }
        untold.clear();
        newest = earlier - 1L;
        untold.add(new Untold(newest, (of, sink) -> sink.gap(of, Hole.HISTORY, -1)));
    }

    /** Retention has cut away what stands before {@code offset}. */
    void trim(int offset) {
        trimmed = offset;
    }

    /** What comes next is the newest, and the sink does not know it yet. */
    void move() {
        Untold next = untold.peek();
        if (next != null) {
            newest = next.offset();
        }
    }

    /** Tells the sink what comes next; says whether there was something. */
    boolean tell(Rule rule, DeliverySink sink) {
        move();
        Untold next = untold.poll();
        if (next != null) {
            next.telling().tell(rule, sink);
        }
        return next != null;
    }

    /** Answers the read that was asked as the {@code index}th of those that wait. */
    void answer(int index) {
        unanswered.remove(index).run();
    }

    void answerAll() {
        while (!unanswered.isEmpty()) {
            answer(0);
        }
    }

    /** Everything up to {@code offset} was seen. */
    Place place(long offset) {
        return new Place(log, position(offset));
    }

    @Override
    public Place newest() {
        return place(newest);
    }

    @Override
    public void locate(Start start, Predicate<String> topics, Consumer<Located> answer) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Wish read(int ofLog, long from, Consumer<Read> answer) {
        reads++;
        Read now = now(ofLog, from);
        Supplier<Read> read = early ? () -> now : () -> now(ofLog, from);
        Runnable answering = () -> answer.accept(read.get());
        unanswered.add(answering);
        return () -> unanswered.remove(answering);
    }

    @Override
    public void leave(int ofLog, long next) {
        left.add(next);
    }

    private Read now(int ofLog, long from) {
        if (!available) {
            return new Read.Unavailable();
        }
        if (ofLog != log || from < trimmed) {
            return new Read.Lost(newest());
        }
        if (from > newest) {
            return new Read.Batch(List.of(), from);
        }
        int start = (int) (from - from % batch);
        int end = (int) Math.min(newest + 1, start + batch);
        List<Entry> found = new ArrayList<>();
        for (Entry entry : entries.subList(start, end)) {
            if (entry != null) {
                found.add(entry);
            }
        }
        return new Read.Batch(found, end);
    }

    private Position position(long offset) {
        return new Position(new Marker(1, 0, log, log), offset);
    }
}
