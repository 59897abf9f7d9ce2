package io.sluice.bridge.amqp;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.History;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The history of one rule: what the window holds is answered at once, the rest by {@link Scans} and {@link Locator}. */
final class StreamHistory implements History {

    private static final long CLOCK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final Read UNAVAILABLE = new Read.Unavailable();
    private static final Wish ANSWERED = () -> {};

    private final Scans scans;
    private final Locator locator;

    /** The log that is proven to be the stream; null before the first, and from a disproof to the next. */
    private volatile @Nullable StreamLog log;
    /** While there is no log. */
    private volatile Place before;

    private volatile @Nullable StreamAccess access;

    StreamHistory(Rule rule, Rule.Resumable source, Intake intake, BridgeThreads threads, BridgeMetrics metrics) {
        this.scans = new Scans(rule, source, intake, threads, metrics);
        this.locator = new Locator(rule, source, intake, scans.slots(), () -> access, threads.searches());
        this.before = new Place(0, new Position(new Marker(source.stream().hashCode(), 0, 0, 0), -1));
        threads.searches().every(CLOCK_NANOS, scans::dispatch);
    }

    @Override
    public Place newest() {
        StreamLog current = log;
        return current == null ? before : current.newest();
    }

    @Override
    public void locate(Start start, Predicate<String> topics, Consumer<Located> answer) {
        StreamLog current = log;
        if (current == null) {
            answer.accept(Locator.UNAVAILABLE);
        } else {
            locator.locate(current, start, topics, answer);
        }
    }

    @Override
    public Wish read(int number, long from, Consumer<Read> answer) {
        StreamLog current = log;
        if (current == null) {
            answer.accept(UNAVAILABLE);
            return ANSWERED;
        }
        Place newest = current.newest();
        if (current.number() != number) {
            answer.accept(new Read.Lost(newest));
            return ANSWERED;
        }
        Read.Batch batch = from >= newest.next()
                ? new Read.Batch(List.of(), from)
                : current.window().read(from);
        if (batch == null) {
            return scans.read(current, from, answer);
        }
        scans.leave(current, from);
        answer.accept(batch);
        return ANSWERED;
    }

    @Override
    public void leave(int number, long next) {
        StreamLog current = log;
        if (current != null && current.number() == number) {
            scans.leave(current, next);
        }
    }

    @Nullable
    StreamLog log() {
        return log;
    }

    /** The log is proven, or new, and the stream can be read. */
    void serve(StreamLog proven, StreamAccess open) {
        access = open;
        scans.connected(open);
        log = proven;
    }

    /** The stream cannot be read for now. */
    void disconnected() {
        access = null;
        scans.disconnected();
    }

    /** The log that was, if there was one, is over. */
    void forget() {
        StreamLog over = log;
        if (over != null) {
            before = over.newest();
            over.end();
            log = null;
            scans.disconnected();
        }
    }
}
