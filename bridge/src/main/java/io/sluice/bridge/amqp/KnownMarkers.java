package io.sluice.bridge.amqp;

import io.sluice.bridge.Marker;
import java.util.Map;
import java.util.TreeMap;

/** The markers of one log that were read: all of them from some offset on, and at most so many. For any thread. */
final class KnownMarkers {

    static final int MOST = 4_096;

    /** What is known of a marker that somebody names. */
    enum Knowledge {
        /** It stands in this log. */
        KNOWN,
        /** It does not. */
        FOREIGN,
        /** It would stand before what was read. */
        OLDER
    }

    private final TreeMap<Long, Marker> byOffset = new TreeMap<>();
    private long completeFrom;

    /** @param completeFrom the first offset read; all markers from there on are about to be added */
    KnownMarkers(long completeFrom, Marker one) {
        this.completeFrom = completeFrom;
        byOffset.put(one.offset(), one);
    }

    synchronized void add(Marker marker) {
        byOffset.put(marker.offset(), marker);
        if (byOffset.size() > MOST) {
            completeFrom = byOffset.firstKey() + 1;
            byOffset.pollFirstEntry();
        }
    }

    synchronized Marker newest() {
        return byOffset.lastEntry().getValue();
    }

    /** The newest at or before {@code offset}, else the nearest behind it. */
    synchronized Marker near(long offset) {
        Map.Entry<Long, Marker> before = byOffset.floorEntry(offset);
        return (before == null ? byOffset.firstEntry() : before).getValue();
    }

    /** @param marker at or before the end of the log */
    synchronized Knowledge of(Marker marker) {
        if (marker.equals(byOffset.get(marker.offset()))) {
            return Knowledge.KNOWN;
        }
        return marker.offset() < completeFrom ? Knowledge.OLDER : Knowledge.FOREIGN;
    }
}
