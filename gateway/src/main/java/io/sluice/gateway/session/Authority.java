package io.sluice.gateway.session;

import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.policy.Action;
import io.sluice.gateway.policy.GrantedPatterns;
import io.sluice.gateway.policy.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Who a session acts for, and what that one may do. Never changed but replaced. */
record Authority(Principal principal, GrantedPatterns grants) {

    /** Whether it is {@code subject}, which the anonymous one is not; {@code issuer} null: of any issuer. */
    boolean isOf(String subject, @Nullable String issuer) {
        return !principal.anonymous()
                && principal.subject().equals(subject)
                && (issuer == null || principal.issuer().equals(issuer));
    }

    boolean allows(Action action, String topic) {
        return grants.allows(action, topic);
    }

    boolean allowsSubscribe(TopicPattern pattern) {
        return grants.allows(Action.SUBSCRIBE, pattern);
    }

    /**
     * What a subscription to {@code pattern} may receive: what one of these patterns matches too; empty: all of it, by one grant; null:
     * nothing, so that it is forbidden.
     *
     * @param narrow whether it may receive less than it asked for
     */
    @Nullable
    List<TopicPattern> within(TopicPattern pattern, boolean narrow) {
        if (allowsSubscribe(pattern)) {
            return List.of();
        }
        List<TopicPattern> granted = narrow ? grants.overlapping(Action.SUBSCRIBE, pattern) : List.of();
        return granted.isEmpty() ? null : granted;
    }

    /** Whose idempotence keys the session of this id uses: its principal's, or its own where that is nobody in particular. */
    String keyOwner(String session) {
        return principal.anonymous()
                ? "session " + session
                : "principal " + principal.issuer() + ' ' + principal.subject();
    }

    /** Who back ends are told that messages are from; null for the anonymous one. */
    @Nullable
    String user() {
        return principal.anonymous() ? null : principal.subject();
    }

    /** Nanoseconds until it ends, by the clock on the wall, which may be set: to be looked at again with every tick. */
    long nanosLeft() {
        Instant expires = principal.expires();
        return expires == null ? Session.NEVER : TimeUnit.NANOSECONDS.convert(Duration.between(Instant.now(), expires));
    }
}
