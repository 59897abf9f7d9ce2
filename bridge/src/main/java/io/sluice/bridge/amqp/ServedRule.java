package io.sluice.bridge.amqp;

import com.rabbitmq.client.Connection;
import io.sluice.bridge.BrokerListener;
import io.sluice.bridge.topic.Rule;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** How one rule stands: what it lacks in the broker, and its feed if it has one. Changed on the broker's thread, read from any. */
final class ServedRule {

    private static final Logger LOG = LoggerFactory.getLogger(ServedRule.class);

    private final Rule rule;
    private final @Nullable Feed feed;
    private final BrokerListener listener;
    private final Pace replacements;

    private volatile boolean available;
    private volatile boolean publishable;
    private volatile @Nullable String problem;
    private boolean hasServed;
    private boolean settled;

    /** @param feed null for a rule that nobody may subscribe to */
    ServedRule(Rule rule, @Nullable Feed feed, BrokerListener listener, Pace replacements) {
        this.rule = rule;
        this.feed = feed;
        this.listener = listener;
        this.replacements = replacements;
    }

    Rule rule() {
        return rule;
    }

    @Nullable
    Feed feed() {
        return feed;
    }

    boolean available() {
        return available;
    }

    /**
     * Whether the exchange is not known to be missing: a publish to a missing one would cost the whole lane its channel. On a rule with a
     * history also whether its stream is known to take messages: one that is still coming up after a restart may lose what RabbitMQ
     * confirms.
     */
    boolean publishable() {
        boolean taken = !(rule.source() instanceof Rule.Resumable) || feed == null || feed.serving();
        return publishable && taken;
    }

    /** Why it is not available, or not publishable; null where it is both, or where it has not been looked at. */
    @Nullable
    String problem() {
        return problem;
    }

    boolean has(Feed other) {
        return feed == other;
    }

    /**
     * Checks what the rule needs, and makes its feed stand.
     *
     * @throws IOException the connection is gone, or does not answer
     */
    void check(Topology topology, Connection connection) throws IOException {
        String missing = topology.problem(rule);
        publishable = missing == null;
        if (missing == null && feed != null) {
            missing = stand(feed, topology, connection);
        }
        if (missing == null && feed != null && !feed.serving()) {
            available = false;
            return;
        }
        if (missing == null) {
            onAvailable();
            return;
        }
        if (feed != null) {
            feed.detach();
        }
        onUnavailable(missing);
    }

    /** Whether its feed stands and has neither begun to serve nor said what it lacks; the first time it is waited for in any case. */
    boolean settling() {
        return feed != null && feed.attached() && !feed.serving() && (!hasServed || !settled);
    }

    /** Whether its feed served once, and cannot be set up now. */
    boolean refused() {
        return feed != null && hasServed && !available && !feed.attached();
    }

    /** The feed serves now. */
    void onServing() {
        if (feed != null && feed.serving()) {
            onAvailable();
        }
    }

    /** The feed stands and does not serve yet. */
    void onWaiting(String reason) {
        if (feed != null && feed.attached() && !feed.serving()) {
            settled = true;
            onUnavailable(reason);
        }
    }

    /** A feed whose queue is gone is set up anew at once, whether or not the broker has said that it ended its consumer. */
    private @Nullable String stand(Feed standing, Topology topology, Connection connection) throws IOException {
        if (standing.attached() && standing.reassert(topology) == null) {
            return null;
        }
        standing.detach();
        settled = false;
        return standing.attach(connection, this::onAvailable);
    }

    /**
     * The broker has ended the feed, and the connection stands.
     *
     * @return whether to check the rule at once; false: it was replaced just before, so wait
     */
    boolean onFeedLost(String reason) {
        if (feed != null) {
            feed.detach();
        }
        if (replacements.allows()) {
            if (problem != null) {
                LOG.debug("rule {}: still: {}", rule.name(), reason);
                return true;
            }
            LOG.warn("rule {}: the broker ended its consumer: {}; it is set up anew", rule.name(), reason);
            return true;
        }
        onUnavailable("The broker ends its consumer again and again: " + reason + ".");
        return false;
    }

    /** The connection that feeds it is gone. */
    void onConnectionLost() {
        available = false;
        if (feed != null) {
            feed.detach();
        }
    }

    /** The broker refused a publish to its exchange; until the next check nothing more is published there. */
    void onPublishRefused(String reason) {
        publishable = false;
        problem = reason;
    }

    private void onAvailable() {
        // The first time it is as it should be, and no news.
        Level level = problem == null && !hasServed ? Level.DEBUG : Level.INFO;
        problem = null;
        hasServed = true;
        if (!available) {
            available = true;
            LOG.atLevel(level).log("rule {} is available", rule.name());
            listener.ruleAvailable(rule);
        }
    }

    private void onUnavailable(String reason) {
        if (available || !reason.equals(problem)) {
            available = false;
            problem = reason;
            LOG.warn("rule {} is unavailable: {}", rule.name(), reason);
            listener.ruleUnavailable(rule, reason);
        }
    }
}
