package io.sluice.gateway.session;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.sluice.gateway.admission.ClientAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where a session comes from.
 *
 * @param address of the client, also behind a proxy that is believed; without the port
 * @param origin as its opening handshake told it; null where it told none
 */
public record Peer(String address, @Nullable String origin) {

    private static final AttributeKey<String> ORIGIN = AttributeKey.valueOf(Peer.class, "origin");

    /** What the opening handshake on {@code channel} told. There are few origins and many sessions: equal ones are one. */
    public static void remember(Channel channel, @Nullable String origin) {
        if (origin != null) {
            channel.attr(ORIGIN).set(origin.intern());
        }
    }

    static Peer of(Channel channel) {
        String origin = channel.hasAttr(ORIGIN) ? channel.attr(ORIGIN).get() : null;
        return new Peer(ClientAddress.of(channel).getHostAddress(), origin);
    }
}
