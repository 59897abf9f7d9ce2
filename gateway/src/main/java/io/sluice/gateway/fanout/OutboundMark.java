package io.sluice.gateway.fanout;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;

/**
 * How long the oldest byte waits in a channel: an empty write is a mark behind all that waits now, and when it has left, so has all of
 * that. Costs two objects, and only a channel that is looked at for holding something has one. Event loop only.
 */
final class OutboundMark {

    private final long sinceNanos;
    private boolean passed;

    OutboundMark(Channel channel, long nowNanos) {
        sinceNanos = nowNanos;
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(left -> passed = true);
    }

    boolean passed() {
        return passed;
    }

    long ageNanos(long nowNanos) {
        return nowNanos - sinceNanos;
    }
}
