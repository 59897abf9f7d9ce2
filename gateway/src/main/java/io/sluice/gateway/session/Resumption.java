package io.sluice.gateway.session;

import io.sluice.bridge.History;
import io.sluice.bridge.History.After;
import io.sluice.bridge.History.First;
import io.sluice.bridge.History.Last;
import io.sluice.bridge.History.Located;
import io.sluice.bridge.History.Start;
import io.sluice.bridge.History.Time;
import io.sluice.bridge.Position;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.gateway.fanout.Outbox;
import io.sluice.gateway.metrics.RuleMeters.Recovery;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import io.sluice.protocol.subprotocol.From;
import io.sluice.protocol.subprotocol.ServerMessage.Subscribed;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A subscribe to topics of one rule that waits to learn where in its history they start. Event loop only. */
final class Resumption {

    private final Session session;
    private final Subscribe request;
    private final Rule rule;
    private final int asked;
    private final Set<TopicPattern> standing;
    private final Map<TopicPattern, Located> located = new LinkedHashMap<>();

    /** @param patterns at least one, all of {@code rule} */
    Resumption(Session session, Subscribe request, Rule rule, Collection<TopicPattern> patterns) {
        this.session = session;
        this.request = request;
        this.rule = rule;
        asked = patterns.size();
        standing = new LinkedHashSet<>(patterns);
    }

    Subscribe request() {
        return request;
    }

    Rule rule() {
        return rule;
    }

    /** How many patterns were asked for: so much of the session's limit it takes, whoever is struck meanwhile. */
    int asked() {
        return asked;
    }

    /** The patterns that are still wanted, in the order asked. */
    Set<TopicPattern> standing() {
        return standing;
    }

    /** The client wants {@code pattern} no more; says whether it did. */
    boolean strike(TopicPattern pattern) {
        return standing.remove(pattern);
    }

    /** Asks {@code history}; {@code done} runs once, later and on the session's event loop, when everything is answered. */
    void locate(History history, Consumer<Resumption> done) {
        Start start = start(request.from());
        List<TopicPattern> all = List.copyOf(standing);
        if (start == null) {
            session.execute(() -> answered(all, new Located.Unproven(), done));
        } else if (start instanceof Last) {
            for (TopicPattern one : all) {
                history.locate(
                        start, receives(one), answer -> session.execute(() -> answered(List.of(one), answer, done)));
            }
        } else {
            history.locate(start, all.get(0)::matches, answer -> session.execute(() -> answered(all, answer, done)));
        }
    }

    boolean unavailable() {
        return any(Located.Unavailable.class);
    }

    /** What became of the position; null where the client started otherwise. */
    @Nullable
    Recovery recovery() {
        if (!(request.from() instanceof From.Position)) {
            return null;
        }
        if (unavailable()) {
            return Recovery.UNAVAILABLE;
        }
        return any(Located.Unproven.class) ? Recovery.UNPROVEN : Recovery.RECOVERED;
    }

    /** Subscribes to what still stands, where it was found or, where nothing is proven, from now on. */
    Map<TopicPattern, Subscribed> begin(Outbox outbox) {
        Map<TopicPattern, Subscribed> begun = new HashMap<>();
        for (TopicPattern pattern : standing) {
            if (located.get(pattern) instanceof Located.At at) {
                outbox.subscribe(rule, pattern, within(pattern), at.place());
                begun.put(pattern, subscribed(pattern, at.place().position(), true, at.truncated()));
            } else {
                begun.put(pattern, subscribed(pattern, outbox.subscribe(rule, pattern, within(pattern)), false, false));
            }
        }
        return begun;
    }

    /** Which topics its subscription would bring: what narrowing keeps back is not found. */
    private Predicate<String> receives(TopicPattern pattern) {
        List<TopicPattern> within = within(pattern);
        return within.isEmpty()
                ? pattern::matches
                : topic -> pattern.matches(topic) && within.stream().anyMatch(one -> one.matches(topic));
    }

    /** Asked again, as the session's grants may have changed; its owner has found that there is something. */
    private List<TopicPattern> within(TopicPattern pattern) {
        return Objects.requireNonNull(session.within(pattern, rule));
    }

    private Subscribed subscribed(
            TopicPattern pattern, @Nullable Position position, boolean recovered, boolean truncated) {
        return new Subscribed(
                pattern.toString(),
                position == null ? null : position.text(),
                request.from() instanceof From.Position ? recovered : null,
                request.from() instanceof From.Last ? truncated : null);
    }

    private boolean any(Class<? extends Located> kind) {
        return located.values().stream().anyMatch(kind::isInstance);
    }

    private void answered(Collection<TopicPattern> patterns, Located answer, Consumer<Resumption> done) {
        patterns.forEach(pattern -> located.put(pattern, answer));
        if (located.size() == asked) {
            done.accept(this);
        }
    }

    /** Null for a position that nobody ever told. */
    private static @Nullable Start start(From from) {
        if (from instanceof From.Last last) {
            return new Last(last.count());
        }
        if (from instanceof From.Time time) {
            return new Time(time.time());
        }
        if (from instanceof From.Position told) {
            Position position = Position.parse(told.position());
            return position == null ? null : new After(position);
        }
        return new First();
    }
}
