package io.sluice.bridge.amqp;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How a channel is ended by whoever has no more use for it. */
final class ChannelEnd {

    private static final Logger LOG = LoggerFactory.getLogger(ChannelEnd.class);

    private ChannelEnd() {}

    /**
     * Closes {@code channel}, whatever its state; waits for the broker's answer. A channel that was made as its connection went does not
     * hear of the end, so the connection is asked too: an answer would be awaited in vain.
     */
    static void of(Channel channel) {
        try {
            if (open(channel)) {
                channel.abort();
            }
        } catch (IOException | ShutdownSignalException gone) {
            LOG.debug("channel {}: {}", channel.getChannelNumber(), gone.toString());
        }
    }

    /** Whether {@code channel} can still be used, as far as is known. */
    static boolean open(Channel channel) {
        return channel.isOpen() && channel.getConnection().isOpen();
    }
}
