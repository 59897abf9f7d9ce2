package io.sluice.gateway.fanout;

/** The sessions that one topic's messages go to, each once. Event loop only. */
abstract sealed class Receivers permits PatternSubscribers, MergedReceivers {

    abstract int size();

    abstract Subscription at(int index);
}
