package io.sluice.gateway.fanout;

import java.util.List;
import java.util.function.Consumer;

/**
 * The sessions behind several patterns that match the same topic: who subscribed to more than one of them receives once. It holds the
 * patterns and no list of the sessions: there may be as many of it as topics, and as many sessions in each.
 */
final class MergedReceivers extends Receivers {

    private final PatternSubscribers[] parts;

    /** @param parts two or more, none of them empty */
    MergedReceivers(List<PatternSubscribers> parts) {
        this.parts = parts.toArray(PatternSubscribers[]::new);
    }

    @Override
    boolean isEmpty() {
        return false;
    }

    @Override
    void each(long run, Consumer<Subscription> taker) {
        for (PatternSubscribers part : parts) {
            for (int i = part.size() - 1; i >= 0; i--) {
                Subscription subscription = part.at(i);
                if (subscription.outbox.isFirst(run)) {
                    taker.accept(subscription);
                }
            }
        }
    }

    @Override
    boolean sameAs(Receivers others) {
        if (!(others instanceof MergedReceivers merged) || merged.parts.length != parts.length) {
            return false;
        }
        for (int i = 0; i < parts.length; i++) {
            if (merged.parts[i] != parts[i]) {
                return false;
            }
        }
        return true;
    }
}
