package io.sluice.gateway.fanout;

import java.util.function.Consumer;

/** The sessions that one topic's messages go to. Event loop only. */
abstract sealed class Receivers permits PatternSubscribers, MergedReceivers {

    abstract boolean isEmpty();

    /**
     * Hands the subscriptions to {@code taker}, one for each session. One that leaves as it is handed out makes no other miss its place.
     *
     * @param run number of the {@link Run} that they are to receive: who has been handed out for it is not again
     */
    abstract void each(long run, Consumer<Subscription> taker);

    /** Whether what goes to these goes to {@code others}, and to nobody else. */
    abstract boolean sameAs(Receivers others);
}
