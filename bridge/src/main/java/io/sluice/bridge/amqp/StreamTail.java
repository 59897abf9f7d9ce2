package io.sluice.bridge.amqp;

import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one reader that follows the end of a stream, from an attachment to its end. It first makes sure of the log: by reading on where it
 * stood, at a marker that must still be there, or else by filling a new window. Then it delivers, and lets markers be written.
 */
final class StreamTail implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(StreamTail.class);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** A broker that comes back, or a replica that lags, may not hold the newest messages for a moment. */
    private static final long RETURN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final StreamFeed feed;
    private final Rule rule;
    private final Rule.Resumable source;
    private final StreamAccess access;
    private final MarkerPublisher markers;
    private final Intake intake;
    private final boolean fresh;

    /** @param fresh whether the stream was made just now, so that it is no log that anybody knows */
    StreamTail(
            StreamFeed feed,
            Rule rule,
            Rule.Resumable source,
            StreamAccess access,
            MarkerPublisher markers,
            Intake intake,
            boolean fresh) {
        this.feed = feed;
        this.rule = rule;
        this.source = source;
        this.access = access;
        this.markers = markers;
        this.intake = intake;
        this.fresh = fresh;
    }

    @Override
    public void run() {
        try {
            follow();
        } catch (ContinuousReader.Trimmed trimmed) {
            LOG.warn("rule {}: {}, before this node had read them", rule.name(), trimmed.getMessage());
            feed.disproved();
            feed.ended(access, "messages were trimmed before this node had read them");
        } catch (IOException ended) {
            feed.ended(access, String.valueOf(ended.getMessage()));
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException failure) {
            LOG.error("rule {}: the stream is read anew after a fault of Sluice", rule.name(), failure);
            feed.ended(access, "a fault of Sluice");
        }
    }

    /** A reader that stands behind the last message of the log. */
    private record Followed(StreamLog log, ContinuousReader reader) {}

    private void follow() throws IOException, InterruptedException {
        StreamLog known = feed.log();
        Followed followed = known == null || fresh ? null : resume(known);
        if (followed == null) {
            feed.disproved();
            followed = fill();
        }
        try (ContinuousReader reader = followed.reader()) {
            feed.serves(access, followed.log());
            deliver(followed.log(), reader);
        }
    }

    private void deliver(StreamLog log, ContinuousReader reader) throws IOException, InterruptedException {
        MarkerClock clock = new MarkerClock(System.nanoTime());
        while (true) {
            StreamMessage next = reader.next(TICK_NANOS);
            Marker marker = next == null ? null : MarkerBits.read(source.stream(), next);
            if (marker != null) {
                clock.marked(System.nanoTime());
                log.append(marker);
            } else if (next != null) {
                clock.message();
                feed.deliver(access, log, next);
            }
            if (clock.due(System.nanoTime())) {
                markers.publish(source.stream(), MarkerBits.random());
            }
        }
    }

    /** Null where it cannot be proven that the stream still is {@code log}. */
    private @Nullable Followed resume(StreamLog log) throws IOException, InterruptedException {
        Marker marker = log.markers().newest();
        if (!stands(marker)) {
            return null;
        }
        ContinuousReader reader = new ContinuousReader(access, marker.offset());
        boolean proven = false;
        try {
            proven = skipSeen(reader, log, marker);
            return proven ? new Followed(log, reader) : null;
        } finally {
            if (!proven) {
                reader.close();
            }
        }
    }

    /** Whether the stream has the marker where it was. Waits for a stream that does not answer, and a while for one that is shorter. */
    private boolean stands(Marker marker) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + RETURN_NANOS;
        while (true) {
            StreamMessage there = access.look(marker.offset());
            if (there != null) {
                return marker.equals(MarkerBits.read(source.stream(), there));
            }
            if (access.look(StreamReader.LAST) == null) {
                feed.waits(access, silence());
                markers.publish(source.stream(), MarkerBits.random());
            } else if (System.nanoTime() - deadline > 0) {
                return false;
            }
        }
    }

    /** Reads up to the last message that the log has seen. Whether all of it was as before: a log may have lost its end, and gone on. */
    private boolean skipSeen(ContinuousReader reader, StreamLog log, Marker marker)
            throws IOException, InterruptedException {
        long at = marker.offset() - 1;
        while (at < log.offset()) {
            StreamMessage next = reader.next(StreamAccess.SILENCE_NANOS);
            if (next == null || next.offset() > log.offset() || !log.window().agrees(next)) {
                return false;
            }
            at = next.offset();
            if (at == marker.offset() && !marker.equals(MarkerBits.read(source.stream(), next))) {
                return false;
            }
        }
        return true;
    }

    /** Begins a new log, and reads until its window holds what was there when it began. */
    private Followed fill() throws IOException, InterruptedException {
        Marker own = ownMarker();
        long from = Math.max(0, own.offset() - source.windowMessages());
        ContinuousReader reader = new ContinuousReader(access, from);
        boolean filled = false;
        try {
            StreamLog log = null;
            while (log == null || log.offset() < own.offset()) {
                StreamMessage next = reader.next(StreamAccess.SILENCE_NANOS);
                if (next == null) {
                    throw new IOException(silence());
                }
                if (log == null) {
                    if (next.offset() > own.offset()) {
                        throw new ContinuousReader.Trimmed(next.offset());
                    }
                    boolean whole = access.beginsAt(next.offset(), from);
                    HistoryWindow window =
                            new HistoryWindow(source.windowMessages(), source.windowBytes(), next.offset(), whole);
                    log = new StreamLog(feed.nextNumber(), window, own);
                }
                append(log, next);
            }
            filled = true;
            return new Followed(log, reader);
        } finally {
            if (!filled) {
                reader.close();
            }
        }
    }

    private void append(StreamLog log, StreamMessage message) {
        Marker marker = MarkerBits.read(source.stream(), message);
        if (marker != null) {
            log.append(marker);
        } else {
            Position position = log.position(message.offset());
            log.append(position, intake.entry(rule, message, position));
        }
    }

    /** Writes a marker and waits until it can be read. The reader stands before it is written, so it cannot be missed. */
    private Marker ownMarker() throws IOException, InterruptedException {
        MarkerBits bits = MarkerBits.random();
        StreamReader reader = access.open(StreamReader.LAST);
        try {
            markers.publish(source.stream(), bits);
            while (true) {
                StreamMessage next = reader.next(StreamAccess.SILENCE_NANOS);
                Marker marker = next == null ? null : MarkerBits.read(source.stream(), next);
                if (marker != null && bits.of(marker)) {
                    return marker;
                }
                if (next == null) {
                    feed.waits(access, silence());
                    markers.publish(source.stream(), bits);
                }
            }
        } finally {
            access.close(reader);
        }
    }

    private String silence() {
        String refusal = markers.refusal();
        if (markers.blocked()) {
            return "The broker accepts no publishes, so where the history of stream '" + source.stream()
                    + "' stands cannot be proven: free memory or disk on the broker.";
        }
        return refusal == null
                ? "The stream '" + source.stream() + "' does not answer: is the broker overloaded, or its replica down?"
                : "The broker refuses the markers of stream '" + source.stream()
                        + "': grant its user write on amq.default (" + refusal + ").";
    }
}
