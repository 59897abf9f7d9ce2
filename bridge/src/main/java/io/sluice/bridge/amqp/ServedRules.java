package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import io.sluice.bridge.History;
import io.sluice.bridge.WorkQueue;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All rules of a node as they stand.
 *
 * @param all each at its {@link Rule#index}; none before the start
 */
record ServedRules(List<ServedRule> all) {

    static final ServedRules NONE = new ServedRules(List.of());

    private static final int MOST_CREDIT = 1000;

    ServedRules {
        all = List.copyOf(all);
    }

    boolean available(Rule rule) {
        ServedRule one = at(rule);
        return one != null && one.available();
    }

    boolean publishable(Rule rule) {
        ServedRule one = at(rule);
        return one != null && one.publishable();
    }

    /** Null for a rule that is bound as a whole, or not served. */
    @Nullable
    PatternBindings bindings(Rule rule) {
        return feed(rule) instanceof LiveFeed live ? live.bindings() : null;
    }

    /** Of every rule that is bound pattern by pattern. */
    List<PatternBindings> bindings() {
        return feeds(LiveFeed.class)
                .map(LiveFeed::bindings)
                .filter(Objects::nonNull)
                .toList();
    }

    History history(Rule rule) {
        if (feed(rule) instanceof StreamFeed stream) {
            return stream.history();
        }
        throw new IllegalArgumentException("Rule " + rule.name() + " has no history, or nobody may subscribe to it.");
    }

    WorkQueue work(Rule rule, int credit, WorkQueue.Sink sink) {
        if (!(feed(rule) instanceof WorkFeed work)) {
            throw new IllegalArgumentException("Rule " + rule.name() + " has no work queue that is served.");
        }
        if (credit < 1 || credit > MOST_CREDIT) {
            throw new IllegalArgumentException("credit: " + credit + " (expected: 1 to " + MOST_CREDIT + ")");
        }
        return work.subscribe(credit, sink);
    }

    /** What the first that lacks something lacks; null where none does. */
    @Nullable
    String problem() {
        return all.stream()
                .map(ServedRule::problem)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    /** The first whose feed stands and has neither begun to serve nor said what it lacks. */
    Optional<ServedRule> settling() {
        return all.stream().filter(ServedRule::settling).findFirst();
    }

    /** Whether one served once, and cannot be set up now. */
    boolean refused() {
        return all.stream().anyMatch(ServedRule::refused);
    }

    /**
     * Checks what each needs, and makes its feed stand.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    void check(Topology topology, Connection connection) throws IOException {
        for (ServedRule one : all) {
            one.check(topology, connection);
        }
    }

    /** The connection that feeds them is gone. */
    void onConnectionLost() {
        all.forEach(ServedRule::onConnectionLost);
    }

    /** The broker refused a publish to {@code exchange}. */
    void onPublishRefused(String exchange, String reason) {
        all.stream()
                .filter(one -> Topology.exchange(one.rule()).equals(exchange))
                .forEach(one -> one.onPublishRefused(reason));
    }

    /** Tells whose {@code feed} it is. */
    void owner(Feed feed, Consumer<ServedRule> event) {
        all.stream().filter(one -> one.has(feed)).forEach(event);
    }

    /** Takes back what sessions have held for too long. */
    void expireWork() {
        long now = System.nanoTime();
        feeds(WorkFeed.class).forEach(work -> work.expire(now));
    }

    private <T extends Feed> Stream<T> feeds(Class<T> kind) {
        return all.stream().map(ServedRule::feed).filter(kind::isInstance).map(kind::cast);
    }

    private @Nullable Feed feed(Rule rule) {
        ServedRule one = at(rule);
        return one == null ? null : one.feed();
    }

    private @Nullable ServedRule at(Rule rule) {
        return rule.index() < all.size() ? all.get(rule.index()) : null;
    }
}
