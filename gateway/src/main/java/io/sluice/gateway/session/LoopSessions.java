package io.sluice.gateway.session;

import java.util.AbstractCollection;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The sessions of one event loop, in no order. Each knows its place, so that coming and going cost one array access, and being there
 * costs nothing else. Event loop only.
 */
final class LoopSessions extends AbstractCollection<Session> {

    /** The place of a session that is in none. */
    static final int ABSENT = -1;

    private final List<Session> sessions = new ArrayList<>();

    @Override
    public boolean add(Session session) {
        if (session.place != ABSENT) {
            return false;
        }
        session.place = sessions.size();
        return sessions.add(session);
    }

    /** The last one takes its place. False where it is not here. */
    boolean leave(Session session) {
        if (session.place == ABSENT) {
            return false;
        }
        Session last = sessions.remove(sessions.size() - 1);
        if (last != session) {
            sessions.set(session.place, last);
            last.place = session.place;
        }
        session.place = ABSENT;
        return true;
    }

    @Override
    public Iterator<Session> iterator() {
        return sessions.iterator();
    }

    @Override
    public int size() {
        return sessions.size();
    }
}
