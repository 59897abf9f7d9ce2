package io.sluice.gateway.fanout;

import io.sluice.bridge.Delivery;
import io.sluice.bridge.History.Place;
import io.sluice.bridge.Position;
import org.jspecify.annotations.Nullable;

/** How far the live messages of a rule with a history have come on one shard: up to here, who is live has them. Event loop only. */
final class Progress {

    private int log;
    private @Nullable Position position;
    private @Nullable String text;

    int log() {
        return log;
    }

    /** The offset of the last message; {@link Delivery#NO_OFFSET} before the first. */
    long offset() {
        return position == null ? Delivery.NO_OFFSET : position.offset();
    }

    long next() {
        return offset() + 1;
    }

    /** The position as clients are told it; spelled once, however many are told. */
    String text() {
        if (text == null) {
            text = position == null ? "" : position.text();
        }
        return text;
    }

    /** Whether all that comes live from now on is at {@code next} or behind it, or before it and to be skipped. */
    boolean leadsTo(int inLog, long next) {
        return inLog == log && next > offset();
    }

    void standAt(Place place) {
        log = place.log();
        position = place.position();
        text = null;
    }

    /** Moves to {@code reached}; false where it is not ahead. */
    boolean moveTo(int inLog, @Nullable Position reached) {
        if (reached == null || inLog < log || (inLog == log && reached.offset() <= offset())) {
            return false;
        }
        log = inLog;
        position = reached;
        text = null;
        return true;
    }
}
