package io.sluice.gateway.session;

import io.sluice.gateway.config.Configuration.Limits;
import io.sluice.gateway.fanout.OutboundLimits;
import io.sluice.protocol.websocket.WebSocketLimits;

/**
 * What the configured limits come to for each session, made once for all of them.
 *
 * @param full what a welcomed session may send
 * @param outbound what may wait for it
 */
record SharedLimits(Limits configured, WebSocketLimits full, OutboundLimits outbound) {

    static SharedLimits of(Limits limits) {
        WebSocketLimits defaults = WebSocketLimits.DEFAULT;
        return new SharedLimits(
                limits,
                new WebSocketLimits(
                        limits.messageBytes(),
                        limits.fragments(),
                        defaults.messageMillis(),
                        defaults.controlFramesPerSecond(),
                        true),
                new OutboundLimits(limits.outboundBytes(), limits.outboundAge()));
    }
}
