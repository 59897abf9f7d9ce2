package io.sluice.gateway.session;

import io.sluice.bridge.BindOutcome;
import io.sluice.bridge.Broker;
import io.sluice.bridge.topic.Rule;
import io.sluice.bridge.topic.TopicPattern;
import io.sluice.protocol.subprotocol.ClientMessage.Subscribe;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** A subscribe that waits until its patterns are bound, where a rule is bound per pattern. Event loop only. */
final class PatternBinding {

    private final Subscribe request;
    private final Map<TopicPattern, Rule> wanted;
    private final int asked;
    private final Map<TopicPattern, Rule> bound = new LinkedHashMap<>();
    private int unsettled;
    private BindOutcome worst = BindOutcome.BOUND;

    /** @param wanted at least one, whatever their rules */
    PatternBinding(Subscribe request, Map<TopicPattern, Rule> wanted) {
        this.request = request;
        this.wanted = wanted;
        asked = wanted.size();
    }

    static boolean neededFor(Map<TopicPattern, Rule> wanted) {
        return wanted.values().stream().anyMatch(Rule::boundPerPattern);
    }

    Subscribe request() {
        return request;
    }

    /** How many patterns were asked for: so much of the session's limit it takes until it is answered, whoever is struck meanwhile. */
    int asked() {
        return asked;
    }

    /** What is still wanted, in the order asked. */
    Map<TopicPattern, Rule> wanted() {
        return wanted;
    }

    /** {@link BindOutcome#BOUND} where all of it is. */
    BindOutcome outcome() {
        return worst;
    }

    /** Asks {@code broker}; {@code done} runs once, later and on the event loop of {@code session}, when everything is settled. */
    void bind(Broker broker, Session session, Consumer<PatternBinding> done) {
        unsettled = asked;
        Map.copyOf(wanted)
                .forEach((pattern, rule) -> broker.bind(
                        rule, pattern, outcome -> session.execute(() -> settled(pattern, rule, outcome, done))));
    }

    /** The client wants {@code pattern} no more. */
    void strike(TopicPattern pattern) {
        wanted.remove(pattern);
    }

    /** What was bound for {@code pattern} belongs to its subscription now. */
    void passOn(TopicPattern pattern) {
        bound.remove(pattern);
    }

    /** Gives back what was bound and is not needed. */
    void release(Broker broker) {
        bound.forEach((pattern, rule) -> broker.unbind(rule, pattern));
        bound.clear();
    }

    private void settled(TopicPattern pattern, Rule rule, BindOutcome outcome, Consumer<PatternBinding> done) {
        if (outcome == BindOutcome.BOUND) {
            bound.put(pattern, rule);
        } else if (worst != BindOutcome.LIMIT) {
            worst = outcome;
        }
        if (--unsettled == 0) {
            done.accept(this);
        }
    }
}
