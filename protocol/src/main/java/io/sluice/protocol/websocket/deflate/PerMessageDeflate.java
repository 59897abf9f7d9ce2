package io.sluice.protocol.websocket.deflate;

import org.jspecify.annotations.Nullable;

/**
 * permessage-deflate as it was agreed for one connection (RFC 7692, 7.1).
 *
 * @param serverContextTakeover whether a message of the server may refer to those before it
 * @param clientContextTakeover whether a message of the client may
 * @param serverMaxWindowBits 8 to 15: the server refers back at most 2 to that power bytes
 * @param clientMaxWindowBits 8 to 15: likewise the client
 * @param response the value of {@code Sec-WebSocket-Extensions} in the response
 * @param settings how the server compresses
 */
public record PerMessageDeflate(
        boolean serverContextTakeover,
        boolean clientContextTakeover,
        int serverMaxWindowBits,
        int clientMaxWindowBits,
        String response,
        DeflateSettings settings) {

    /** Accepts {@code offer}; each legal one can be. */
    public static PerMessageDeflate accept(DeflateOffer offer, DeflateSettings settings) {
        boolean serverContextTakeover = settings.contextTakeover() && !offer.serverNoContextTakeover();
        boolean clientContextTakeover = settings.contextTakeover() && !offer.clientNoContextTakeover();
        StringBuilder response = new StringBuilder(DeflateOffer.NAME);
        if (!serverContextTakeover) {
            response.append("; ").append(DeflateOffer.SERVER_NO_CONTEXT_TAKEOVER);
        }
        if (!clientContextTakeover) {
            response.append("; ").append(DeflateOffer.CLIENT_NO_CONTEXT_TAKEOVER);
        }
        int serverMaxWindowBits = DeflateOffer.MAX_WINDOW_BITS;
        if (offer.serverMaxWindowBits() != 0) {
            // 7.1.2.1: accepted "by including [it] with the same or smaller value" in the response.
            serverMaxWindowBits = offer.serverMaxWindowBits();
            response.append("; ")
                    .append(DeflateOffer.SERVER_MAX_WINDOW_BITS)
                    .append('=')
                    .append(serverMaxWindowBits);
        }
        int clientMaxWindowBits = DeflateOffer.MAX_WINDOW_BITS;
        if (offer.clientMaxWindowBits() != 0 && offer.clientMaxWindowBits() < clientMaxWindowBits) {
            // 7.1.2.2: what was a hint binds the client once the response repeats it. Without an offer it "MUST NOT" be
            // there.
            clientMaxWindowBits = offer.clientMaxWindowBits();
            response.append("; ")
                    .append(DeflateOffer.CLIENT_MAX_WINDOW_BITS)
                    .append('=')
                    .append(clientMaxWindowBits);
        }
        return new PerMessageDeflate(
                serverContextTakeover,
                clientContextTakeover,
                serverMaxWindowBits,
                clientMaxWindowBits,
                response.toString(),
                settings);
    }

    /** What this connection shares with others, so that one compression serves them all; null where context takeover forbids it. */
    public @Nullable Compression compression() {
        return serverContextTakeover ? null : Compression.of(serverMaxWindowBits, settings);
    }
}
