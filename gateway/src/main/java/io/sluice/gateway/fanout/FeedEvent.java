package io.sluice.gateway.fanout;

/** What a feed brings to a shard, in order. */
sealed interface FeedEvent permits SharedMessage, GapMark {}
