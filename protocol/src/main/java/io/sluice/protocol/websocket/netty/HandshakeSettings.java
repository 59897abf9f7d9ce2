package io.sluice.protocol.websocket.netty;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sluice.protocol.websocket.deflate.DeflateSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a server takes opening handshakes. One object is shared by all connections.
 *
 * @param subprotocols the names that the server knows; with none it ignores what is offered
 * @param defaultSubprotocol what a client gets that offers none
 * @param requestLineBytes the longest request line; a longer one is answered with 414. Default 4 KiB
 * @param headerBytes all header lines together, without their ends; more is answered with 431. Default 16 KiB
 * @param timeout from the moment a connection is there to the answer to its first request; no byte resets it. Then 408, and the
 *     connection is closed. A connection whose first request is no opening handshake is freed of it. Default 10 s
 * @param deflate how messages are compressed where a client offers permessage-deflate (RFC 7692); null, the default, if it is declined
 * @param onRefused told the status of each refusal, whoever refused, on the event loop; for counting, so it must not block
 */
public record HandshakeSettings(
        List<String> subprotocols,
        String defaultSubprotocol,
        int requestLineBytes,
        int headerBytes,
        Duration timeout,
        @Nullable DeflateSettings deflate,
        Consumer<HttpResponseStatus> onRefused) {

    /** More header lines than this are answered with 431, however short they are. */
    public static final int HEADER_LINES = 100;

    /** Without compression. */
    public HandshakeSettings(
            List<String> subprotocols,
            String defaultSubprotocol,
            int requestLineBytes,
            int headerBytes,
            Duration timeout,
            Consumer<HttpResponseStatus> onRefused) {
        this(subprotocols, defaultSubprotocol, requestLineBytes, headerBytes, timeout, null, onRefused);
    }

    public HandshakeSettings {
        subprotocols = List.copyOf(subprotocols);
    }

    /** The defaults, for a server that knows {@code subprotocols}, of which the first is that of clients that offer none. */
    public static HandshakeSettings of(String... subprotocols) {
        String first = subprotocols.length == 0 ? "" : subprotocols[0];
        return new HandshakeSettings(
                List.of(subprotocols), first, 4096, 16 << 10, Duration.ofSeconds(10), status -> {});
    }

    public HandshakeSettings withTimeout(Duration timeout) {
        return new HandshakeSettings(
                subprotocols, defaultSubprotocol, requestLineBytes, headerBytes, timeout, deflate, onRefused);
    }

    public HandshakeSettings withHeaderBytes(int headerBytes) {
        return new HandshakeSettings(
                subprotocols, defaultSubprotocol, requestLineBytes, headerBytes, timeout, deflate, onRefused);
    }

    public HandshakeSettings withOnRefused(Consumer<HttpResponseStatus> onRefused) {
        return new HandshakeSettings(
                subprotocols, defaultSubprotocol, requestLineBytes, headerBytes, timeout, deflate, onRefused);
    }

    public HandshakeSettings withDeflate(@Nullable DeflateSettings deflate) {
        return new HandshakeSettings(
                subprotocols, defaultSubprotocol, requestLineBytes, headerBytes, timeout, deflate, onRefused);
    }
}
