package io.sluice.gateway.fanout;

import io.sluice.bridge.History.Place;
import io.sluice.protocol.subprotocol.GapReason;
import org.jspecify.annotations.Nullable;

/**
 * A hole in a rule's messages, told at its place.
 *
 * @param topic the topic of what is missing: only subscriptions that match it are told; null: all of the rule
 * @param missed messages lost, -1 where it is not known
 * @param place on a resumable rule: the last place of the hole, what is behind it being complete; null on others
 */
record GapMark(
        @Nullable String topic,
        GapReason reason,
        long missed,
        @Nullable Place place) implements FeedEvent {}
