package io.sluice.gateway.admission;

import io.netty.channel.Channel;
import io.sluice.gateway.policy.Principal;
import java.util.concurrent.ConcurrentHashMap;

/** The connections of each principal that has a name. Any thread. */
public final class PrincipalCounts {

    private record Name(String issuer, String subject) {}

    private final ConcurrentHashMap<Name, Integer> counts = new ConcurrentHashMap<>();
    private volatile int most;

    /** @param most connections of one subject of one issuer */
    public PrincipalCounts(int most) {
        this.most = most;
    }

    /** From now on; those that are there stay. */
    public void most(int other) {
        most = other;
    }

    /** Counts {@code channel}, until it closes, as one of {@code principal}. False, and it is not counted, where there are too many. */
    public boolean enter(Channel channel, Principal principal) {
        if (principal.anonymous()) {
            return true;
        }
        Name name = new Name(principal.issuer(), principal.subject());
        if (counts.merge(name, 1, Integer::sum) > most) {
            leave(name);
            return false;
        }
        channel.closeFuture().addListener(closed -> leave(name));
        return true;
    }

    private void leave(Name name) {
        counts.computeIfPresent(name, (same, count) -> count == 1 ? null : count - 1);
    }
}
