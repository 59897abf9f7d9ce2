package io.sluice.gateway.policy;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.config.Configuration.Permission;
import io.sluice.gateway.config.GrantPattern;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The grants of a configuration: nothing is allowed that none of them allows. Any thread. */
public final class Grants {

    private volatile State state;

    /** @param anonymous what those may do who are nobody in particular: they share it */
    private record State(List<Grant> grants, GrantedPatterns anonymous) {}

    /** @param permissions with correct patterns, as the loader gives them */
    public Grants(List<Permission> permissions) {
        state = state(permissions);
    }

    /** From now on. What {@link #of} has given stays what it is. */
    public void replace(List<Permission> permissions) {
        state = state(permissions);
    }

    private static State state(List<Permission> permissions) {
        List<Grant> grants = new ArrayList<>();
        for (int i = 0; i < permissions.size(); i++) {
            Permission permission = permissions.get(i);
            add(grants, i, permission.role(), Action.SUBSCRIBE, permission.subscribe());
            add(grants, i, permission.role(), Action.PUBLISH, permission.publish());
            add(grants, i, permission.role(), Action.REQUEST, permission.request());
        }
        return new State(List.copyOf(grants), fill(grants, Principal.ANONYMOUS));
    }

    /**
     * What {@code principal} may do: to be held as long as its token lasts, as it costs a walk through all grants. All that are anonymous
     * share one.
     */
    public GrantedPatterns of(Principal principal) {
        State now = state;
        return principal.anonymous() ? now.anonymous : fill(now.grants, principal);
    }

    private static GrantedPatterns fill(List<Grant> grants, Principal principal) {
        List<GrantedPatterns.Granted> granted = new ArrayList<>();
        for (Grant grant : grants) {
            TopicPattern pattern = grant.isFor(principal) ? grant.pattern.fill(principal::claim) : null;
            if (pattern != null) {
                granted.add(new GrantedPatterns.Granted(grant.action, pattern, grant.permission, grant.pattern));
            }
        }
        return new GrantedPatterns(granted);
    }

    /** Whether every topic of {@code pattern} is allowed to {@code principal} by one and the same grant. */
    public boolean allows(Principal principal, Action action, TopicPattern pattern) {
        return of(principal).allows(action, pattern);
    }

    /** Whether there may be someone who may subscribe to some topic of {@code match}. */
    public boolean anySubscribe(TopicPattern match) {
        for (Grant grant : state.grants) {
            if (grant.action == Action.SUBSCRIBE && grant.pattern.widest().overlaps(match)) {
                return true;
            }
        }
        return false;
    }

    private static void add(
            List<Grant> grants, int permission, @Nullable String role, Action action, List<String> patterns) {
        for (String pattern : patterns) {
            grants.add(new Grant(permission, role, action, GrantPattern.of(pattern)));
        }
    }

    /**
     * One pattern of one action of one permission.
     *
     * @param permission its place in the configuration
     * @param role null: everybody
     */
    private record Grant(int permission, @Nullable String role, Action action, GrantPattern pattern) {

        boolean isFor(Principal principal) {
            return role == null || principal.roles().contains(role);
        }
    }
}
