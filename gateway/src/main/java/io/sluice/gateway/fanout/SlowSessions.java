package io.sluice.gateway.fanout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The sessions of one shard for which something waits: who reads in time is not here, and pays nothing. Event loop only, but for what
 * says otherwise.
 */
final class SlowSessions {

    private final List<SlowSession> sessions = new ArrayList<>();

    /** Never less than what waits for any of them. */
    private volatile long worst;

    /** What waits for the one for which most does, or somewhat more. Any thread. */
    long worst() {
        return worst;
    }

    /** Whether something waits for {@code session}, and how much, has changed. */
    void update(SlowSession session, boolean waits, long bytes) {
        if (waits && session.place < 0) {
            session.place = sessions.size();
            sessions.add(session);
        } else if (!waits && session.place >= 0) {
            remove(session);
        }
        if (waits && bytes > worst) {
            worst = bytes;
        }
    }

    /** All, the one for which most waits first. */
    List<SlowSession> worstFirst() {
        List<SlowSession> sorted = new ArrayList<>(sessions);
        sorted.sort(Comparator.comparingLong(SlowSession::bytes).reversed());
        worst = sorted.isEmpty() ? 0 : sorted.get(0).bytes();
        return sorted;
    }

    private void remove(SlowSession session) {
        SlowSession last = sessions.remove(sessions.size() - 1);
        if (last != session) {
            sessions.set(session.place, last);
            last.place = session.place;
        }
        session.place = -1;
        if (sessions.isEmpty()) {
            worst = 0;
        }
    }
}
