package io.sluice.gateway.fanout;

import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import java.time.Duration;

/**
 * What may wait for one session.
 *
 * @param bytes parked, in its channel and set aside together
 * @param age of the oldest byte
 * @param waterMark where its channel calls itself unwritable: at 64 KiB, or at {@code bytes} if that is less
 */
public record OutboundLimits(long bytes, Duration age, WriteBufferWaterMark waterMark) {

    private static final int HIGH_WATER = 64 << 10;

    public OutboundLimits(long bytes, Duration age) {
        this(bytes, age, waterMark((int) Math.min(HIGH_WATER, Math.max(2, bytes))));
    }

    void applyTo(Channel channel) {
        channel.config().setWriteBufferWaterMark(waterMark);
    }

    private static WriteBufferWaterMark waterMark(int high) {
        return new WriteBufferWaterMark(high / 2, high);
    }
}
