package io.sluice.gateway.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Accepts no faster than the event loops take connections up beside their work: of a crowd that comes at once most wait in the kernel,
 * where they delay nobody, and not in the queues of the loops in front of those who are served. One for each port.
 */
final class AcceptPace extends ChannelInboundHandlerAdapter {

    /** Accepted, and not yet taken up: some milliseconds of work. */
    static final int MOST_UNDER_WAY = 64;

    private static final int GO_ON_AT = MOST_UNDER_WAY / 2;

    private final Channel port;
    private final AtomicInteger underWay = new AtomicInteger();

    AcceptPace(Channel port) {
        this.port = port;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        if (underWay.incrementAndGet() == MOST_UNDER_WAY) {
            port.config().setAutoRead(false);
        }
        ctx.fireChannelRead(accepted);
    }

    /** The event loop of {@code accepted} takes it up. On that loop; it counts when the loop has done what was waiting before. */
    void taken(Channel accepted) {
        accepted.eventLoop().execute(() -> {
            // On its way down the count passes this after every pause, and a pause that began meanwhile comes first.
            if (underWay.decrementAndGet() == GO_ON_AT && port.isOpen()) {
                port.eventLoop().execute(() -> port.config().setAutoRead(true));
            }
        });
    }
}
