package io.sluice.gateway.server;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.sluice.gateway.metrics.Meters;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a port open when connections cannot be accepted, mostly since the process has no file descriptor left: accepting pauses for
 * half a second, as the event loop would otherwise try for ever, and goes on.
 */
@Sharable
final class AcceptFailures extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);

    private static final long PAUSE_MILLIS = 500;
    private static final long SILENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Meters meters;
    private final AtomicLong saidNanos = new AtomicLong(System.nanoTime() - SILENCE_NANOS);

    AcceptFailures(Meters meters) {
        this.meters = meters;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        meters.acceptFailure();
        long said = saidNanos.get();
        long now = System.nanoTime();
        if (now - said >= SILENCE_NANOS && saidNanos.compareAndSet(said, now)) {
            LOG.warn(
                    "connections cannot be accepted, trying again twice a second: {}. Has the process too few file descriptors (ulimit -n)?",
                    cause.toString());
        }
        if (ctx.channel().config().isAutoRead()) {
            ctx.channel().config().setAutoRead(false);
            ctx.channel()
                    .eventLoop()
                    .schedule(() -> ctx.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
