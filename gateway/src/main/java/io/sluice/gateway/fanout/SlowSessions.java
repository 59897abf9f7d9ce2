package io.sluice.gateway.fanout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The sessions of one shard for which something waits: who reads in time is not here, and pays nothing. Event loop only, but for what
 * says otherwise.
 */
final class SlowSessions {

    private final List<Outbox> outboxes = new ArrayList<>();

    /** Never less than what waits for any of them. */
    private volatile long worst;

    /** What waits for the one for which most does, or somewhat more. Any thread. */
    long worst() {
        return worst;
    }

    /** Whether something waits for {@code outbox}, and how much, has changed. */
    void update(Outbox outbox, boolean waits, long bytes) {
        if (waits && outbox.slowPlace < 0) {
            outbox.slowPlace = outboxes.size();
            outboxes.add(outbox);
        } else if (!waits && outbox.slowPlace >= 0) {
            remove(outbox);
        }
        if (waits && bytes > worst) {
            worst = bytes;
        }
    }

    /** All, the one for which most waits first. */
    List<Outbox> worstFirst() {
        List<Outbox> sorted = new ArrayList<>(outboxes);
        sorted.sort(Comparator.comparingLong(Outbox::waiting).reversed());
        worst = sorted.isEmpty() ? 0 : sorted.get(0).waiting();
        return sorted;
    }

    private void remove(Outbox outbox) {
        Outbox last = outboxes.remove(outboxes.size() - 1);
        if (last != outbox) {
            outboxes.set(outbox.slowPlace, last);
            last.slowPlace = outbox.slowPlace;
        }
        outbox.slowPlace = -1;
        if (outboxes.isEmpty()) {
            worst = 0;
        }
    }
}
