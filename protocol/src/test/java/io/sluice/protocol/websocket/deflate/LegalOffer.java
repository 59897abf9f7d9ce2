package io.sluice.protocol.websocket.deflate;

import java.util.stream.IntStream;
import java.util.stream.Stream;

/** An offer of permessage-deflate that says something about each of its four parameters (RFC 7692, 7.1). */
public record LegalOffer(int serverBits, int clientBits, boolean serverTakeover, boolean clientTakeover) {

    /** All 256. */
    public static Stream<LegalOffer> all() {
        return IntStream.range(0, 256)
                .mapToObj(n -> new LegalOffer(8 + (n & 7), 8 + (n >> 3 & 7), (n & 64) != 0, (n & 128) != 0));
    }

    public String header() {
        return "permessage-deflate; server_max_window_bits=" + serverBits + "; client_max_window_bits=" + clientBits
                + (serverTakeover ? "" : "; server_no_context_takeover")
                + (clientTakeover ? "" : "; client_no_context_takeover");
    }
}
