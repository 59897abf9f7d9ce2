package io.sluice.bridge.amqp;

import io.sluice.bridge.BridgeMetrics;
import io.sluice.bridge.History.Read;
import io.sluice.bridge.History.Read.Batch;
import io.sluice.bridge.History.Wish;
import io.sluice.bridge.topic.Rule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads of one rule that the window cannot answer, and the scans that answer them. A read takes part in a scan that will come by; a new
 * scan begins at the smallest offset that waits, as soon as a slot is free. For any thread; answers are given without any lock.
 */
final class Scans implements Scan.Readers {

    static final int MOST_WAITING = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(Scans.class);
    /** How long a read waits for a scan that is held up, where a slot is free; and how long a scan waits for its readers. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long a scan keeps its slot when others wait for one. */
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** A scan that goes on is there in less than a second. */
    private static final long NEAR_OFFSETS = 20_000;

    private static final long LOOK_AGAIN_MILLIS = 50;
    private static final Read UNAVAILABLE = new Read.Unavailable();

    private record Waiting(long from, long number, StreamLog log, Consumer<Read> answer, long sinceNanos) {}

    private record Owed(Waiting to, Read read) {}

    private final Rule rule;
    private final String stream;
    private final Intake intake;
    private final BridgeMetrics metrics;
    private final Slots slots;

    private final TreeSet<Waiting> waiting =
            new TreeSet<>(Comparator.comparingLong(Waiting::from).thenComparingLong(Waiting::number));
    private final List<Running> running = new ArrayList<>();
    private @Nullable StreamAccess access;
    private long numbers;

    /** Whether any is running. Where none is, as is usual, whoever reads the window takes no lock. */
    private volatile boolean scanning;

    private long notBeforeNanos = System.nanoTime();

    /** A scan, and when it was last asked and held up. */
    private static final class Running {
        final Scan scan;
        long askedNanos = System.nanoTime();
        long heldUpNanos = System.nanoTime() - PATIENCE_NANOS;

        Running(Scan scan) {
            this.scan = scan;
        }
    }

    Scans(Rule rule, Rule.Resumable source, Intake intake, BridgeThreads threads, BridgeMetrics metrics) {
        this.rule = rule;
        this.stream = source.stream();
        this.intake = intake;
        this.metrics = metrics;
        this.slots = new Slots(source.catchUpReaders(), threads.histories(), this::next);
    }

    Slots slots() {
        return slots;
    }

    synchronized void connected(StreamAccess other) {
        access = other;
    }

    /** Answers all that waits: nothing can be read now. */
    void disconnected() {
        List<Owed> owed;
        synchronized (this) {
            access = null;
            owed = take(waiting, all -> true, UNAVAILABLE);
            notifyAll();
        }
        give(owed);
    }

    Wish read(StreamLog log, long from, Consumer<Read> answer) {
        long now = System.nanoTime();
        Waiting mine = null;
        boolean comesBy = false;
        Read found;
        synchronized (this) {
            found = recent(log, from, now);
            if (found == null && (access == null || waiting.size() >= MOST_WAITING)) {
                found = UNAVAILABLE;
            }
            if (found == null) {
                mine = new Waiting(from, numbers++, log, answer, now);
                waiting.add(mine);
                comesBy = comesBy(mine, false, now);
                notifyAll();
            }
        }
        if (mine == null) {
            answer.accept(found);
            return () -> {};
        }
        if (!comesBy) {
            slots.dispatch();
        }
        Waiting added = mine;
        return () -> cancel(added);
    }

    /** A reader that was expected at {@code next} does not come. */
    void leave(StreamLog log, long next) {
        if (!scanning) {
            return;
        }
        synchronized (this) {
            for (Running one : running) {
                if (one.scan.log() == log) {
                    one.scan.recent().arrived(next);
                }
            }
            notifyAll();
        }
    }

    /** What has waited for too long, or for a slot, may be served now. To be called now and then. */
    void dispatch() {
        boolean idle;
        synchronized (this) {
            idle = waiting.isEmpty();
        }
        if (!idle) {
            slots.dispatch();
        }
    }

    private synchronized void cancel(Waiting one) {
        waiting.remove(one);
    }

    /** The next scan to run; null where none is needed, or none can be had. */
    private synchronized @Nullable Runnable next() {
        long now = System.nanoTime();
        StreamAccess open = access;
        if (open == null || now - notBeforeNanos < 0) {
            return null;
        }
        Waiting first = null;
        for (Waiting one : waiting) {
            boolean old = now - one.sinceNanos() >= PATIENCE_NANOS;
            if (comesBy(one, old, now)) {
                continue;
            }
            if (old) {
                first = one;
                break;
            }
            first = first == null ? one : first;
        }
        if (first == null) {
            return null;
        }
        Scan scan = new Scan(this, open, first.log(), rule, stream, intake, first.from());
        running.add(new Running(scan));
        scanning = true;
        metrics.scanOpened(rule);
        return scan;
    }

    /** Whether some scan will reach what {@code one} waits for; soon, if that has waited. */
    private boolean comesBy(Waiting one, boolean old, long now) {
        for (Running other : running) {
            long ahead = other.scan.log() == one.log() ? one.from() - other.scan.at() : -1;
            boolean goesOn = now - other.heldUpNanos >= PATIENCE_NANOS;
            if (ahead >= 0 && (!old || (goesOn && ahead < NEAR_OFFSETS))) {
                return true;
            }
        }
        return false;
    }

    @Override
    public synchronized boolean wantMore(Scan scan) throws InterruptedException {
        Running mine = running(scan);
        while (true) {
            long now = System.nanoTime();
            if (scan.access().ended()
                    || scan.log().ended()
                    || (now - scan.startedNanos() >= TURN_NANOS && slotAwaited())) {
                return false;
            }
            boolean wanted = wanted(scan);
            if (wanted && !scan.recent().awaited(now)) {
                return true;
            }
            if (wanted) {
                mine.heldUpNanos = now;
            } else if (now - mine.askedNanos >= PATIENCE_NANOS && !scan.recent().active(now)) {
                return false;
            }
            wait(LOOK_AGAIN_MILLIS);
        }
    }

    @Override
    public void read(Scan scan, Batch batch, long bytes, int messages) {
        metrics.scanned(rule, messages);
        List<Owed> owed;
        synchronized (this) {
            long now = System.nanoTime();
            Set<Waiting> there = waiting.subSet(at(scan, scan.at()), at(scan, batch.end()));
            owed = take(there, one -> one.log() == scan.log(), batch);
            scan.recent().add(batch, bytes);
            Running mine = running(scan);
            for (Owed one : owed) {
                scan.recent().read(one.to().from(), now);
                mine.askedNanos = now;
            }
        }
        give(owed);
    }

    @Override
    public void lost(Scan scan, long offset) {
        Read lost = new Read.Lost(scan.log().before(offset));
        List<Owed> owed;
        synchronized (this) {
            Set<Waiting> there = waiting.subSet(at(scan, scan.at()), at(scan, offset));
            owed = take(there, one -> one.log() == scan.log(), lost);
        }
        give(owed);
    }

    @Override
    public void ended(Scan scan, boolean failed) {
        List<Owed> owed;
        synchronized (this) {
            running.removeIf(one -> one.scan == scan);
            scanning = !running.isEmpty();
            if (failed) {
                // Whoever waits is served by the next one, but not again and again in a moment.
                notBeforeNanos = System.nanoTime() + PATIENCE_NANOS;
            }
            owed = take(waiting, one -> one.log().ended(), UNAVAILABLE);
        }
        give(owed);
    }

    private @Nullable Batch recent(StreamLog log, long from, long now) {
        for (Running one : running) {
            Batch batch = one.scan.log() == log ? one.scan.recent().read(from, now) : null;
            if (batch != null) {
                one.askedNanos = now;
                notifyAll();
                return batch;
            }
            if (one.scan.log() == log && from == one.scan.at()) {
                one.askedNanos = now;
                one.scan.recent().arrived(from);
            }
        }
        return null;
    }

    /** Whether somebody waits for what the scan reads next or later, and no other scan is nearer. */
    private boolean wanted(Scan scan) {
        if (scan.at() >= scan.log().window().from()) {
            return false;
        }
        for (Waiting one : waiting.tailSet(at(scan, scan.at()))) {
            if (one.log() == scan.log()) {
                return running.stream()
                        .noneMatch(other -> other.scan.log() == scan.log()
                                && other.scan.at() > scan.at()
                                && other.scan.at() <= one.from());
            }
        }
        return false;
    }

    /** Whether a short job waits for a slot, or a read that no scan will reach. */
    private boolean slotAwaited() {
        if (slots.anyFree()) {
            return false;
        }
        long now = System.nanoTime();
        return slots.awaited()
                || waiting.stream().anyMatch(one -> !comesBy(one, now - one.sinceNanos() >= PATIENCE_NANOS, now));
    }

    private Running running(Scan scan) {
        for (Running one : running) {
            if (one.scan == scan) {
                return one;
            }
        }
        throw new IllegalStateException("The scan has ended.");
    }

    /** Before all that wait at {@code offset}. */
    private static Waiting at(Scan scan, long offset) {
        return new Waiting(offset, -1, scan.log(), read -> {}, 0);
    }

    private static List<Owed> take(Set<Waiting> from, Predicate<Waiting> which, Read read) {
        List<Owed> taken = new ArrayList<>();
        from.removeIf(one -> which.test(one) && taken.add(new Owed(one, read)));
        return taken;
    }

    private static void give(List<Owed> owed) {
        for (Owed one : owed) {
            try {
                one.to().answer().accept(one.read());
            } catch (RuntimeException failure) {
                LOG.error("A batch could not be told: this is a fault of Sluice", failure);
            }
        }
    }
}
