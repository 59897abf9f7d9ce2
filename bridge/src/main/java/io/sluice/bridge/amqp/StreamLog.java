package io.sluice.bridge.amqp;

import io.sluice.bridge.History.Entry;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Marker;
import io.sluice.bridge.Position;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One life of a stream, as far as this node has followed it without a hole: its newest messages and its markers. The tail writes, any
 * thread reads.
 */
final class StreamLog {

    private static final long PRESENT_NANOS = TimeUnit.SECONDS.toNanos(2);

    private record Present(long offset, long nanos) {}

    private final int number;
    private final HistoryWindow window;
    private final KnownMarkers markers;
    private Marker current;
    private volatile Place newest;
    private volatile Present present;
    private volatile boolean ended;

    /** @param own a marker of the log, not before {@code window} begins */
    StreamLog(int number, HistoryWindow window, Marker own) {
        this.number = number;
        this.window = window;
        this.markers = new KnownMarkers(window.from(), own);
        this.current = own;
        this.newest = new Place(number, new Position(own, window.from() - 1));
        this.present = new Present(window.from(), System.nanoTime());
    }

    int number() {
        return number;
    }

    HistoryWindow window() {
        return window;
    }

    KnownMarkers markers() {
        return markers;
    }

    Place newest() {
        return newest;
    }

    /** The offset of what was read last. */
    long offset() {
        return newest.position().offset();
    }

    /** Where {@code offset} stands, told by the newest marker at or before it. On the tail's thread. */
    Position position(long offset) {
        return new Position(current, offset);
    }

    /**
     * On the tail's thread.
     *
     * @param entry null where what stands there is not the rule's
     */
    void append(Position position, @Nullable Entry entry) {
        window.add(position.offset(), entry);
        newest = new Place(number, position);
    }

    /** On the tail's thread. */
    void append(Marker marker) {
        window.add(marker.offset(), null);
        markers.add(marker);
        current = marker;
        newest = new Place(number, position(marker.offset()));
    }

    /** The place before the message at {@code offset}. */
    Place before(long offset) {
        return new Place(number, new Position(markers.near(offset), offset - 1));
    }

    /** The stream was just seen to hold {@code offset}, and so all behind it. */
    void seenAt(long offset) {
        Present known = present;
        long now = System.nanoTime();
        if (offset < known.offset() || now - known.nanos() > PRESENT_NANOS) {
            present = new Present(offset, now);
        }
    }

    /** Whether nothing behind {@code offset} is missing, as far as it is known without asking the broker. */
    boolean completeBehind(long offset) {
        Present known = present;
        return offset + 1 >= window.from()
                || (offset >= known.offset() && System.nanoTime() - known.nanos() < PRESENT_NANOS);
    }

    /** It is not proven any more that the stream is this log. */
    void end() {
        ended = true;
    }

    boolean ended() {
        return ended;
    }
}
