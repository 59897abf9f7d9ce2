package io.sluice.gateway.session;

import java.util.EnumSet;
import java.util.Set;

/** Why a session is not read for a while. Sets of them are never changed but replaced, so that who is not paused has none of its own. */
enum Pause {
    /** Its window of unconfirmed publishes is full. */
    WINDOW,
    /** It does not read the answers to what it sends. */
    ANSWERS,
    /** Who it is is being found out. */
    AUTHENTICATION,
    /** It is about to be closed, and only the outcomes of what it has published are awaited. */
    LEAVING;

    Set<Pause> with(Set<Pause> others) {
        Set<Pause> all = EnumSet.of(this);
        all.addAll(others);
        return all;
    }

    Set<Pause> without(Set<Pause> all) {
        Set<Pause> others = with(all);
        others.remove(this);
        return others.isEmpty() ? Set.of() : others;
    }
}
