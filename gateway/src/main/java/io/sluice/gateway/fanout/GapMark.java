package io.sluice.gateway.fanout;

import io.sluice.protocol.subprotocol.GapReason;

/**
 * A hole in a rule's messages: every subscription of the rule is told at this place.
 *
 * @param missed messages lost, -1 where it is not known
 */
record GapMark(GapReason reason, long missed) implements FeedEvent {}
