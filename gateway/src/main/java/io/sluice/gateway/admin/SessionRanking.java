package io.sluice.gateway.admin;

import io.sluice.gateway.session.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/** The first of a search: it holds so many and one more, however many there are. Any thread. */
final class SessionRanking {

    private final SessionSearch search;
    private final PriorityQueue<SessionState> first;
    private int matching;
    private int behind;

    SessionRanking(SessionSearch search) {
        this.search = search;
        first = new PriorityQueue<>(search.order().comparator().reversed());
    }

    void add(SessionState state) {
        if (!search.matches(state)) {
            return;
        }
        synchronized (this) {
            matching++;
            if (search.isNext(state)) {
                behind++;
                first.add(state);
                if (first.size() > search.limit()) {
                    first.remove();
                }
            }
        }
    }

    /** Those that match, wherever they stand. */
    synchronized int matching() {
        return matching;
    }

    /** Whether there are more than {@link #sorted} gives. */
    synchronized boolean more() {
        return behind > first.size();
    }

    synchronized List<SessionState> sorted() {
        List<SessionState> sorted = new ArrayList<>(first);
        sorted.sort(search.order().comparator());
        return sorted;
    }
}
